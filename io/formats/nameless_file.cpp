#include "io/formats/nameless_file.h"

#include "io/error.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace heddle::io {
namespace {

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

}  // namespace

void fail_nameless(int reason) {
  throw OutputError(temporary_folder() + ": a temporary file cannot be written there: " +
                    std::strerror(reason) + "; TMPDIR names another folder");
}

NamelessFile open_nameless() {
  std::string name = temporary_folder() + "/heddle-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) fail_nameless(errno);
  ::unlink(name.c_str());
  std::FILE* file = ::fdopen(descriptor, "w+");
  if (file == nullptr) {
    const int reason = errno;
    ::close(descriptor);
    fail_nameless(reason);
  }
  return NamelessFile(file);
}

}  // namespace heddle::io
