#include "attention/backend/operands.h"
#include "attention/backend/reference/activation.h"
#include "attention/backend/reference/ops.h"

namespace heddle::attention::reference {

void relu(const TensorView& in, const TensorView& out) {
  check_rows("relu", "input", in);
  check_rows("relu", "output", out);
  check_same_shape("relu", in, out);
  for (std::int64_t r = 0; r < row_count(in); ++r) {
    const float* x = row_start(in, r);
    float* y = row_start(out, r);
    for (std::int64_t i = 0; i < in.shape[in.rank - 1]; ++i) {
      y[i] = static_cast<float>(relu_of(x[i]));
    }
  }
}

}  // namespace heddle::attention::reference
