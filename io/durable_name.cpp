#include "io/durable_name.h"

#include "io/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace heddle::io {

void make_name_durable(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder that may be written but not listed
  const int result = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // File systems without folder sync say EINVAL; they have nothing to make durable.
  if (result == 0 || reason == EINVAL) return;
  throw OutputError(path + ": its folder cannot be made durable: " + std::strerror(reason));
}

}  // namespace heddle::io
