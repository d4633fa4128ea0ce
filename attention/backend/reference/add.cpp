#include "attention/backend/operands.h"
#include "attention/backend/reference/ops.h"

namespace heddle::attention::reference {

void add(const TensorView& a, const TensorView& b, const TensorView& out) {
  check_rows("add", "first operand", a);
  check_rows("add", "second operand", b);
  check_rows("add", "output", out);
  check_same_shape("add", a, b);
  check_same_shape("add", a, out);
  for (std::int64_t r = 0; r < row_count(a); ++r) {
    const float* x = row_start(a, r);
    const float* y = row_start(b, r);
    float* z = row_start(out, r);
    for (std::int64_t i = 0; i < a.shape[a.rank - 1]; ++i) z[i] = x[i] + y[i];
  }
}

}  // namespace heddle::attention::reference
