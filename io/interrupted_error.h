#pragma once
// The run is to stop, and a source that was waiting or looking for its next sample gave up: nothing
// is wrong with the input.

#include "io/error.h"

namespace heddle::io {

class InterruptedError : public InputError {
 public:
  using InputError::InputError;
};

/// Whether a descriptor as SourceOptions::stop_descriptor is readable; no for -1. Does not wait.
bool stop_asked(int descriptor);

/// Throws InterruptedError where it is: "interrupted while DOING NAME".
void throw_if_stop_asked(int descriptor, const char* doing, const std::string& name);

}  // namespace heddle::io
