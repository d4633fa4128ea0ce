#include "io/formats/in_memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace heddle::io {

InMemoryFile::InMemoryFile() : descriptor_(::memfd_create("heddle", MFD_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw OutputError(std::string("no file in memory can be made: ") + std::strerror(errno));
  }
}

InMemoryFile::~InMemoryFile() { ::close(descriptor_); }

std::string InMemoryFile::path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

bool InMemoryFile::ends_with(std::string_view bytes) const {
  const auto size = static_cast<off_t>(bytes.size());
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || status.st_size < size) return false;
  std::string last(bytes.size(), '\0');
  const ssize_t got = ::pread(descriptor_, last.data(), last.size(), status.st_size - size);
  return got == size && last == bytes;
}

void copy_file(int descriptor, AtomicFile& to) {
  std::array<char, 1 << 16> some;
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(descriptor, some.data(), some.size(), at);
    if (got == 0) return;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw OutputError(to.path() +
                        ": cannot be read from where it was made: " + std::strerror(errno));
    }
    to.write({some.data(), static_cast<std::size_t>(got)});
    at += got;
  }
}

}  // namespace heddle::io
