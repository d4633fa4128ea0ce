#pragma once
// Video decoded in a process of its own: fork and exec of this program's hidden command, confined
// (confinement.h) before the first byte is read. Whatever a hostile file does to the decoder, it
// does it there: its death is an InputError here. One decoding thread, on the CPU.
//
// The server opens the input and hands it over as the child's standard input; what comes from an
// address is read here, and its bytes (of RTSP: its packets, in a container without coding) go
// through a pipe. Frames come through shared memory and are checked against the size first told.

#include "io/source.h"

#include <cstdint>
#include <memory>
#include <string>

namespace heddle::io {

struct IsolationOptions {
  std::string program = "/proc/self/exe";  // that has the command
  std::string command = "decode-confined";
  std::size_t memory = std::size_t{2} << 30;  // of the child's address space, beside the frames
  std::string forbidden;  // for tests: the child makes this system call instead of decoding
};

/// A path or an address. Throws InputError as open_source(); RequestError where confinement is
/// absent.
std::unique_ptr<Source> open_isolated(const std::string& uri,
                                      const SourceOptions& options,
                                      const IsolationOptions& isolation = {});

/// What the child is told beside its descriptors, on its command line.
struct ChildOptions {
  std::size_t slot_bytes = 0;
  std::int64_t max_pixels = 0;
  std::size_t memory = 0;
  std::string forbidden;
};
/// The child's whole life. Returns its exit code.
int run_confined_decoder(const ChildOptions& options);

}  // namespace heddle::io
