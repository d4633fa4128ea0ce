#pragma once
// The system would not give the bytes of an input, whatever is in it: the next try may succeed.

#include "io/error.h"

namespace heddle::io {

class ReadError : public InputError {
 public:
  using InputError::InputError;
};

}  // namespace heddle::io
