#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

#include <cmath>

namespace heddle::attention::reference {

// y = gain * (x - mean) / sqrt(variance + eps) + bias   (arXiv 1607.06450)
void layer_norm(const TensorView& in,
                const TensorView& gain,
                const TensorView& bias,
                float eps,
                const TensorView& out) {
  check_rows("layer_norm", "input", in);
  check_rows("layer_norm", "output", out);
  check_same_shape("layer_norm", in, out);
  check_per_channel("layer_norm", "gain", gain, in);
  check_per_channel("layer_norm", "bias", bias, in);
  const std::int64_t channels = in.shape[in.rank - 1];
  const auto* g = gain.as<float>();
  const auto* b = bias.as<float>();
  for (std::int64_t r = 0; r < row_count(in); ++r) {
    const float* x = row_start(in, r);
    float* y = row_start(out, r);
    double sum = 0;
    for (std::int64_t i = 0; i < channels; ++i) sum += x[i];
    const double mean = sum / static_cast<double>(channels);
    double squares = 0;
    for (std::int64_t i = 0; i < channels; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(channels) + eps);
    for (std::int64_t i = 0; i < channels; ++i) {
      y[i] = static_cast<float>(g[i] * ((x[i] - mean) * scale) + b[i]);
    }
  }
}

}  // namespace heddle::attention::reference
