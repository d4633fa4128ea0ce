// The gradients of gelu, relu and swiglu, element by element.

#include "attention/backend/gradient_checks.h"
#include "attention/backend/reference/gradients.h"

#include <cmath>
#include <numbers>

namespace heddle::attention::reference {
namespace {

/// d/dx x Phi(x) = Phi(x) + x phi(x)
double gelu_slope(double x) {
  const double bell = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
  return 0.5 * std::erfc(-x / std::numbers::sqrt2) + x * bell;
}

template <class Slope>
void by_slope(const RowGradientArgs& args, const Slope& slope) {
  if (args.in_gradient.view.empty()) return;
  for (std::int64_t row = 0; row < row_count(args.in); ++row) {
    const float* x = row_start(args.in, row);
    const float* dy = row_start(args.out_gradient, row);
    float* dx = row_start(args.in_gradient.view, row);
    for (std::int64_t i = 0; i < args.in.shape[args.in.rank - 1]; ++i) {
      put(args.in_gradient, dx[i], dy[i] * slope(double{x[i]}));
    }
  }
}

}  // namespace

void gelu_gradient(const RowGradientArgs& args) {
  check_row_gradient("gelu", args);
  by_slope(args, gelu_slope);
}

void relu_gradient(const RowGradientArgs& args) {
  check_row_gradient("relu", args);
  by_slope(args, [](double x) { return x > 0 ? 1.0 : 0.0; });
}

// y = g s(g) v, s the logistic function:  dv = dy g s;  dg = dy v s (1 + g (1 - s))
void swiglu_gradient(const RowGradientArgs& args) {
  check_swiglu_gradient(args);
  if (args.in_gradient.view.empty()) return;
  const std::int64_t channels = args.out_gradient.shape[args.out_gradient.rank - 1];
  for (std::int64_t row = 0; row < row_count(args.in); ++row) {
    const float* gate = row_start(args.in, row);
    const float* value = gate + channels;
    const float* dy = row_start(args.out_gradient, row);
    float* to = row_start(args.in_gradient.view, row);
    for (std::int64_t i = 0; i < channels; ++i) {
      const double g = gate[i];
      const double s = 1 / (1 + std::exp(-g));
      put(args.in_gradient, to[i], double{dy[i]} * value[i] * s * (1 + g * (1 - s)));
      put(args.in_gradient, to[channels + i], dy[i] * g * s);
    }
  }
}

}  // namespace heddle::attention::reference
