#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

#include <cmath>

namespace heddle::attention::reference {

// (a, b) -> (a cos - b sin, a sin + b cos) for the pair (i, i + dim / 2)
void rotary(const RotaryArgs& args) {
  check_rotary(args);
  const std::int64_t half = args.x.shape[2] / 2;
  for (std::int64_t r = 0; r < args.x.shape[1]; ++r) {
    const auto position = static_cast<double>(args.first_position + r);
    for (std::int64_t i = 0; i < half; ++i) {
      const double angle =
          position * std::pow(args.theta, -static_cast<double>(i) / static_cast<double>(half));
      const double c = std::cos(angle);
      const double s = args.inverse ? -std::sin(angle) : std::sin(angle);
      for (std::int64_t h = 0; h < args.x.shape[0]; ++h) {
        float* x = row_start(args.x, h * args.x.shape[1] + r);
        const double a = x[i];
        const double b = x[i + half];
        x[i] = static_cast<float>(a * c - b * s);
        x[i + half] = static_cast<float>(a * s + b * c);
      }
    }
  }
}

}  // namespace heddle::attention::reference
