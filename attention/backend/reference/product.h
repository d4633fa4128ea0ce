#pragma once
// What the three reference products share: weights and bias as doubles, and the end of a sum.

#include "attention/backend/operands.h"

namespace heddle::attention::reference {

struct Product {
  DenseShape shape;
  Tensor weight;  // f64, in the spec's own order
  Tensor bias;    // f64 (out), zeros where the spec has none

  Product(const DenseShape& shape, const TensorView& weight, const TensorView& bias);

  /// Writes bias + sum (+ what was there) through the activation.
  void store(float& to, std::int64_t channel, double sum, bool accumulate) const;
};

}  // namespace heddle::attention::reference
