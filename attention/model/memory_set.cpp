#include "attention/model/memory_set.h"

#include <istream>
#include <ostream>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::string_view kMagic = "heddle memory 1\n";

}  // namespace

MemorySet::MemorySet(const std::vector<MemorySpec>& specs, std::string hash)
    : hash_(std::move(hash)) {
  for (const MemorySpec& spec : specs) memories_.emplace_back(spec);
}

std::size_t MemorySet::bytes() const {
  std::size_t total = 0;
  for (const RollingMemory& memory : memories_) total += memory.spec().bytes();
  return total;
}

void MemorySet::reset() {
  for (RollingMemory& memory : memories_) memory.reset();
}

void MemorySet::save(std::ostream& to) const {
  to << kMagic << hash_ << '\n';
  for (const RollingMemory& memory : memories_) memory.save(to);
  if (!to) throw std::runtime_error("memory: the stream did not take all bytes");
}

void MemorySet::restore(std::istream& from) {
  try {
    restore_all(from);
  } catch (...) {
    reset();
    throw;
  }
}

void MemorySet::restore_all(std::istream& from) {
  const std::string wanted = std::string(kMagic) + hash_ + '\n';
  std::string found(wanted.size(), '\0');
  from.read(found.data(), static_cast<std::streamsize>(found.size()));
  if (!from || found.substr(0, kMagic.size()) != kMagic) {
    throw std::runtime_error("memory: these bytes are no saved memory");
  }
  if (found != wanted) {
    throw std::runtime_error("memory: it was saved by model " +
                             found.substr(kMagic.size(), hash_.size()) + ", this is model " +
                             hash_ + "; resume with the same model file");
  }
  for (RollingMemory& memory : memories_) memory.restore(from);
  for (const RollingMemory& memory : memories_) {
    if (memory.length() != length()) {
      throw std::runtime_error("memory: its layers hold " + std::to_string(length()) + " and " +
                               std::to_string(memory.length()) + " positions");
    }
  }
}

}  // namespace heddle::attention
