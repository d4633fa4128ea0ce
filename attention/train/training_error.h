#pragma once
// Training that cannot go on: a loss that stays no number, a checkpoint that is damaged or of
// another model. The message says what, both numbers and what to do.

#include <stdexcept>

namespace heddle::attention::train {

class TrainingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace heddle::attention::train
