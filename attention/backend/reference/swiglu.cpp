#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

#include <cmath>

namespace heddle::attention::reference {

void swiglu(const TensorView& in, const TensorView& out) {
  check_swiglu(in, out);
  const std::int64_t channels = out.shape[out.rank - 1];
  for (std::int64_t r = 0; r < row_count(out); ++r) {
    const float* gate = row_start(in, r);
    const float* value = gate + channels;
    float* y = row_start(out, r);
    for (std::int64_t i = 0; i < channels; ++i) {
      y[i] = static_cast<float>(gate[i] / (1 + std::exp(-double{gate[i]})) * value[i]);
    }
  }
}

}  // namespace heddle::attention::reference
