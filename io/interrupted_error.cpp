#include "io/interrupted_error.h"

#include <poll.h>

namespace heddle::io {

bool stop_asked(int descriptor) {
  pollfd stop{descriptor, POLLIN, 0};
  return descriptor >= 0 && ::poll(&stop, 1, 0) > 0;
}

void throw_if_stop_asked(int descriptor, const char* doing, const std::string& name) {
  if (stop_asked(descriptor)) {
    throw InterruptedError("interrupted while " + std::string(doing) + " " + name);
  }
}

}  // namespace heddle::io
