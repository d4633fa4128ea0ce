#include "attention/backend/cpu/matrix_product.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <stdexcept>
#include <string>

namespace heddle::attention::cpu {

void matrix_product(const Matrix& a, const Matrix& b, std::int64_t inner, const MatrixTarget& to) {
  if (to.rows == 0 || to.columns == 0) return;
  omp_set_num_threads(1);
  const dnnl_status_t status = dnnl_sgemm(a.transposed ? 'T' : 'N',
                                          b.transposed ? 'T' : 'N',
                                          to.rows,
                                          to.columns,
                                          inner,
                                          1.0f,
                                          a.data,
                                          a.stride,
                                          b.data,
                                          b.stride,
                                          to.add ? 1.0f : 0.0f,
                                          to.data,
                                          to.stride);
  if (status != dnnl_success) {
    throw std::runtime_error("oneDNN failed with status " + std::to_string(status) +
                             " in a product of (" + std::to_string(to.rows) + ", " +
                             std::to_string(inner) + ") and (" + std::to_string(inner) + ", " +
                             std::to_string(to.columns) + ")");
  }
}

}  // namespace heddle::attention::cpu
