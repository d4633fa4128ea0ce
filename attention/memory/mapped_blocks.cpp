#include "attention/memory/mapped_blocks.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& folder, std::size_t bytes, int error) {
  throw std::runtime_error("external memory: no room for " + std::to_string(bytes) + " bytes in " +
                           folder + ": " + std::strerror(error) +
                           "; name a folder on a larger disk, or use fewer external blocks");
}

/// Closes the descriptor on every way out: the mapping keeps the file alive.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

MappedBlocks::MappedBlocks(const std::string& folder, std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  const std::string in = folder.empty() ? std::filesystem::temp_directory_path().string() : folder;
  std::string path = in + "/heddle-memory-XXXXXX";
  const int made = ::mkostemp(path.data(), O_CLOEXEC);
  if (made < 0) refuse(in, bytes, errno);
  const Descriptor file(made);
  ::unlink(path.c_str());
  if (const int error = ::posix_fallocate(file.number(), 0, static_cast<off_t>(bytes))) {
    refuse(in, bytes, error);
  }
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (mapped == MAP_FAILED) refuse(in, bytes, errno);
  data_ = static_cast<std::byte*>(mapped);
}

MappedBlocks::~MappedBlocks() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

void MappedBlocks::release(std::size_t offset, std::size_t size) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t begin = offset / page * page;
  const std::size_t end = std::min(bytes_, offset + size);
  // A shared mapping: what was written stays in the file, also beside the stretch.
  if (begin < end) ::madvise(data_ + begin, end - begin, MADV_DONTNEED);
}

}  // namespace heddle::attention
