#include "attention/mechanisms/unit_rows.h"

#include "attention/mechanisms/head_rows.h"

#include <cmath>

namespace heddle::attention {
namespace {

template <class Body>
void for_each_row(const TensorView& of, const Body& body) {
  for (std::int64_t head = 0; head < of.shape[0]; ++head) {
    for (std::int64_t token = 0; token < of.shape[1]; ++token) body(head, token);
  }
}

float inverse_length(const float* row, std::int64_t dim) {
  const float squares = dot_of(row, row, dim);
  return squares > 0 ? 1 / std::sqrt(squares) : 0;
}

}  // namespace

Tensor zeros_like(const TensorView& view) {
  return {DType::kF32, {view.shape[0], view.shape[1], view.shape[2]}};
}

Tensor unit_rows(const TensorView& from) {
  Tensor made = zeros_like(from);
  const std::int64_t dim = from.shape[2];
  for_each_row(from, [&](std::int64_t head, std::int64_t token) {
    const float* row = row_at(from, head, token);
    add_scaled(row_at(made.view(), head, token), inverse_length(row, dim), row, dim);
  });
  return made;
}

void unit_rows_gradient(const TensorView& from, const TensorView& gradient) {
  const std::int64_t dim = from.shape[2];
  for_each_row(from, [&](std::int64_t head, std::int64_t token) {
    const float* row = row_at(from, head, token);
    float* to = row_at(gradient, head, token);
    const float inverse = inverse_length(row, dim);
    const float along = dot_of(row, to, dim) * inverse * inverse;
    for (std::int64_t c = 0; c < dim; ++c) to[c] = (to[c] - along * row[c]) * inverse;
  });
}

Tensor sigmoids(const TensorView& from) {
  Tensor made = zeros_like(from);
  for_each_row(from, [&](std::int64_t head, std::int64_t token) {
    const float* row = row_at(from, head, token);
    float* to = row_at(made.view(), head, token);
    for (std::int64_t c = 0; c < from.shape[2]; ++c) to[c] = 1 / (1 + std::exp(-row[c]));
  });
  return made;
}

void sigmoids_gradient(const Tensor& values, const TensorView& gradient) {
  for_each_row(gradient, [&](std::int64_t head, std::int64_t token) {
    const float* row = row_at(values.view(), head, token);
    float* to = row_at(gradient, head, token);
    for (std::int64_t c = 0; c < gradient.shape[2]; ++c) to[c] *= row[c] * (1 - row[c]);
  });
}

}  // namespace heddle::attention
