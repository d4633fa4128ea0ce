#pragma once
// A file as read-only memory. Pages come in when touched and are shared by every process that maps
// the file. Threads: immutable. A file that shrinks while it is mapped faults on access: weights
// are replaced by rename, never rewritten in place.

#include <cstddef>
#include <span>
#include <string>

namespace heddle::attention {

class MappedFile {
 public:
  /// Throws WeightsError naming the path and the system's reason.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace heddle::attention
