#include "io/formats/spool.h"

#include <array>
#include <cerrno>

namespace heddle::io {

void Spool::append(std::string_view text) {
  memory_ += text;
  bytes_ += static_cast<std::int64_t>(text.size());
  if (memory_.size() > kMemoryBytes) spill();
}

void Spool::spill() {
  if (!disk_) disk_ = open_nameless();
  if (std::fwrite(memory_.data(), 1, memory_.size(), disk_.get()) != memory_.size()) {
    fail_nameless(errno);
  }
  memory_.clear();
}

void Spool::drain(AtomicFile& file) {
  drain([&file](std::string_view bytes) { file.write(bytes); });
}

void Spool::read_disk(const std::function<void(std::string_view)>& take) {
  if (!disk_) return;
  if (std::fflush(disk_.get()) != 0) fail_nameless(errno);
  std::rewind(disk_.get());
  std::array<char, 1 << 16> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), disk_.get())) > 0) {
    take({buffer.data(), got});
  }
  if (std::ferror(disk_.get()) != 0) fail_nameless(errno);
}

void Spool::drain(const std::function<void(std::string_view)>& take) {
  read_disk(take);
  disk_.reset();
  take(memory_);
  memory_.clear();
  bytes_ = 0;
}

void Spool::snapshot(Snapshot& snapshot) {
  std::string text;
  if (!snapshot.loading()) {
    read_disk([&text](std::string_view bytes) { text += bytes; });
    // Reading ends where writing goes on; between the two C asks for a seek.
    if (disk_ && std::fseek(disk_.get(), 0, SEEK_END) != 0) fail_nameless(errno);
    text += memory_;
  }
  snapshot(text);
  if (snapshot.loading()) append(text);
}

}  // namespace heddle::io
