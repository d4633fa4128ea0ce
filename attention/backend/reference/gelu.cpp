#include "attention/backend/operands.h"
#include "attention/backend/reference/activation.h"
#include "attention/backend/reference/ops.h"

namespace heddle::attention::reference {

void gelu(const TensorView& in, const TensorView& out) {
  check_rows("gelu", "input", in);
  check_rows("gelu", "output", out);
  check_same_shape("gelu", in, out);
  for (std::int64_t r = 0; r < row_count(in); ++r) {
    const float* x = row_start(in, r);
    float* y = row_start(out, r);
    for (std::int64_t i = 0; i < in.shape[in.rank - 1]; ++i) {
      y[i] = static_cast<float>(gelu_of(x[i]));
    }
  }
}

}  // namespace heddle::attention::reference
