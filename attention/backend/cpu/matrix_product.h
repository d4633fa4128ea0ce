#pragma once
// One matrix product on the calling thread, by oneDNN's sgemm: for products whose weights change
// with each call, where packing once does not pay. Bits depend on the extents alone. Threads: safe;
// sets the thread's OpenMP team to 1 (convolution_tile.h says why). Memory: oneDNN packs into
// memory that it takes and gives back at each call. Errors: std::runtime_error with the extents.

#include <cstdint>

namespace heddle::attention::cpu {

/// Rows of floats, `stride` apart; or their transpose.
struct Matrix {
  const float* data = nullptr;
  std::int64_t stride = 0;
  bool transposed = false;  // element (r, c) lies at data[c * stride + r]
};

/// What a product writes: (rows, columns), rows `stride` apart.
struct MatrixTarget {
  float* data = nullptr;
  std::int64_t stride = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool add = false;
};

/// to = (to +) a . b, with `inner` elements a sum.
void matrix_product(const Matrix& a, const Matrix& b, std::int64_t inner, const MatrixTarget& to);

}  // namespace heddle::attention::cpu
