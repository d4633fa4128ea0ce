#pragma once
// A file in memory that libraries open by name: for those that go back in what they write and bear
// no full disk. Single-threaded.

#include "io/atomic_file.h"

#include <string>
#include <string_view>

namespace heddle::io {

class InMemoryFile {
 public:
  /// Throws OutputError.
  InMemoryFile();
  ~InMemoryFile();
  InMemoryFile(const InMemoryFile&) = delete;
  InMemoryFile& operator=(const InMemoryFile&) = delete;

  /// Its name in this process, while it lives.
  std::string path() const;
  bool ends_with(std::string_view bytes) const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Writes all bytes of `descriptor`, from the first. Throws an OutputError naming `to` where they
/// cannot be read: what is not whole is never taken for whole.
void copy_file(int descriptor, AtomicFile& to);

}  // namespace heddle::io
