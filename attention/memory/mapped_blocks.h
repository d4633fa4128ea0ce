#pragma once
// A file of `bytes` bytes without a name, mapped into memory: its space is reserved on the disk at
// construction, and the system gives it back when the object or the process ends, however that
// happens. Owns the mapping; move-only. Threads: plain memory. Errors: std::runtime_error naming
// the folder, the size and what to do.

#include <cstddef>
#include <string>
#include <utility>

namespace heddle::attention {

class MappedBlocks {
 public:
  MappedBlocks() = default;
  /// Empty `folder`: the system's folder for temporary files. 0 bytes: nothing is made.
  MappedBlocks(const std::string& folder, std::size_t bytes);
  ~MappedBlocks();
  MappedBlocks(MappedBlocks&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MappedBlocks& operator=(MappedBlocks&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  /// The pages of [offset, offset + size) leave this process's resident memory; their content
  /// stays.
  void release(std::size_t offset, std::size_t size) const;

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace heddle::attention
