#pragma once
// Activations in double, for the reference products and the element-wise operations alike.

#include "attention/backend/dense_op.h"

#include <cmath>
#include <numbers>

namespace heddle::attention::reference {

/// x * Phi(x), Phi the normal distribution function (arXiv 1606.08415), by erf.
inline double gelu_of(double x) { return 0.5 * x * std::erfc(-x / std::numbers::sqrt2); }

inline double relu_of(double x) { return x < 0 ? 0 : x; }

inline double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kRelu:
      return relu_of(x);
    case Activation::kGelu:
      return gelu_of(x);
    case Activation::kNone:
      break;
  }
  return x;
}

}  // namespace heddle::attention::reference
