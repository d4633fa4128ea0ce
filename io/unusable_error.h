#pragma once
// What a server has whole and tells the length of, and which is nothing that can be read: to ask
// again gives the same.

#include "io/error.h"

namespace heddle::io {

class UnusableError : public InputError {
 public:
  using InputError::InputError;
};

}  // namespace heddle::io
