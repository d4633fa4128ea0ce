#pragma once
// What the process returns; documented in heddle --help.

#include <stdexcept>
#include <string>

namespace heddle::app {

enum ExitCode : int {
  kOk = 0,
  kRunTimeError = 1,
  kUsage = 2,
  kInput = 3,       // input missing, corrupt or truncated; what was whole is kept as NAME.partial
  kSomeFailed = 4,  // some of several inputs failed
  kResource = 5,    // memory, device
  kModel = 6,       // model missing or damaged
  kOutput = 7,      // output exists or cannot be written (silent where a pipe's reader has gone)
  kInterrupted = 130,
  kTerminated = 143,
};

/// An error that knows its exit code; what() says what, where and what to do.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace heddle::app
