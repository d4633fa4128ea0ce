#pragma once
// Errors of io carry what, where and what to do, and the class that decides the exit code.

#include <stdexcept>
#include <string>

namespace heddle::io {

/// Input missing, of the wrong type, corrupt or truncated (exit code 3).
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What was asked of an input is no sentence, whatever is in it (exit code 2).
class RequestError : public InputError {
 public:
  using InputError::InputError;
};

/// Output exists or cannot be written (exit code 7).
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whoever read our standard output or pipe has gone, as `head` does: an end, but nothing to tell.
class ClosedPipe : public OutputError {
 public:
  using OutputError::OutputError;
};

}  // namespace heddle::io
