#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

#include <cmath>

namespace heddle::attention::reference {

// y = gain * x / sqrt(mean(x^2) + eps)   (arXiv 1910.07467)
void rms_norm(const TensorView& in, const TensorView& gain, float eps, const TensorView& out) {
  check_rows("rms_norm", "input", in);
  check_rows("rms_norm", "output", out);
  check_same_shape("rms_norm", in, out);
  check_per_channel("rms_norm", "gain", gain, in);
  const std::int64_t channels = in.shape[in.rank - 1];
  const auto* g = gain.as<float>();
  for (std::int64_t r = 0; r < row_count(in); ++r) {
    const float* x = row_start(in, r);
    float* y = row_start(out, r);
    double squares = 0;
    for (std::int64_t i = 0; i < channels; ++i) squares += double{x[i]} * x[i];
    const double scale = 1 / std::sqrt(squares / static_cast<double>(channels) + eps);
    for (std::int64_t i = 0; i < channels; ++i) y[i] = static_cast<float>(g[i] * (x[i] * scale));
  }
}

}  // namespace heddle::attention::reference
