#pragma once
// A weights or model file that is missing, damaged, hostile or of another shape than it says. The
// message names the file, the place in it, both numbers and what to do.

#include <stdexcept>

namespace heddle::attention {

class WeightsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace heddle::attention
