#pragma once
// A process that decodes what strangers send gives up what decoding does not need: all system calls
// but a list (seccomp; another kills the process), core files, growing files, new descriptors,
// memory beyond a limit, rights through setuid programs, and life beyond its parent's.

#include <cstddef>
#include <string>

namespace heddle::io {

/// Why it cannot be done here; empty: it can.
std::string confinement_absent();

/// For good, of the calling process, which must have one thread. `bytes`: of address space. Throws
/// std::runtime_error where the system refuses.
void confine(std::size_t bytes);

}  // namespace heddle::io
