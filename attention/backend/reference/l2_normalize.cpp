#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention::reference {

void l2_normalize(const TensorView& in, float eps, const TensorView& out) {
  check_rows("l2_normalize", "input", in);
  check_rows("l2_normalize", "output", out);
  check_same_shape("l2_normalize", in, out);
  const std::int64_t channels = in.shape[in.rank - 1];
  for (std::int64_t r = 0; r < row_count(in); ++r) {
    const float* x = row_start(in, r);
    float* y = row_start(out, r);
    double squares = 0;
    for (std::int64_t i = 0; i < channels; ++i) squares += double{x[i]} * x[i];
    const double norm = std::max(std::sqrt(squares), double{eps});
    for (std::int64_t i = 0; i < channels; ++i) y[i] = static_cast<float>(x[i] / norm);
  }
}

}  // namespace heddle::attention::reference
