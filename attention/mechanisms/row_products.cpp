#include "attention/mechanisms/row_products.h"

#include <algorithm>
#include <span>

namespace heddle::attention {

Tensor row_products(const Backend& backend, const TensorView& in, const TensorView& weight) {
  Tensor made(DType::kF32, {in.shape[0], weight.shape[0]});
  const auto product = backend.linear({.weight = weight});
  const Tensor scratch(DType::kU8, {static_cast<std::int64_t>(product->scratch_bytes(in)) + 1});
  product->run(in, made.view(), scratch.view(), false);
  return made;
}

Tensor compact(const TensorView& view) {
  Tensor made(view.dtype, std::span(view.shape).first(static_cast<std::size_t>(view.rank)));
  copy(view, made.view());
  return made;
}

void turn_over(const TensorView& from, const TensorView& to) {
  constexpr std::int64_t kSide = 16;  // of a square whose cache lines all fit the nearest cache
  const std::int64_t rows = from.shape[0];
  const std::int64_t columns = from.shape[1];
  const auto* source = from.as<float>();
  auto* target = to.as<float>();
  for (std::int64_t row = 0; row < rows; row += kSide) {
    const std::int64_t end_row = std::min(rows, row + kSide);
    for (std::int64_t column = 0; column < columns; column += kSide) {
      const std::int64_t end_column = std::min(columns, column + kSide);
      for (std::int64_t c = column; c < end_column; ++c) {
        for (std::int64_t r = row; r < end_row; ++r) target[c * rows + r] = source[r * columns + c];
      }
    }
  }
}

}  // namespace heddle::attention
