// Without libseccomp-dev at build time: decoding in a process of its own would protect against
// crashes only, and nobody should take it for more.

#include "io/isolated/confinement.h"

#include <stdexcept>

namespace heddle::io {

std::string confinement_absent() {
  return "this build has no seccomp filter (libseccomp-dev was not there); decoders run inside the "
         "server";
}

void confine(std::size_t /*bytes*/) { throw std::runtime_error(confinement_absent()); }

}  // namespace heddle::io
