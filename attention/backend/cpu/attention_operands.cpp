#include "attention/backend/cpu/attention_operands.h"

#include "attention/backend/element.h"

#include <algorithm>
#include <cstring>

namespace heddle::attention::cpu {

Matrix head_of(const TensorView& view, std::int64_t head) {
  const auto size = static_cast<std::int64_t>(size_of(view.dtype));
  return {.data = static_cast<char*>(view.data) + head * view.stride[0] * size,
          .stride = view.stride[1] * size,
          .columns = view.shape[2],
          .dtype = view.dtype};
}

Matrix head_of(const TensorView& view, std::int64_t head, const RowOrder& order) {
  Matrix matrix = head_of(view, head);
  matrix.order = order.of(head);
  return matrix;
}

Rows float_rows(const Matrix& from, std::int64_t first, int count, Scratch<float>& scratch) {
  if (from.in_place() || (count == 1 && from.dtype == DType::kF32)) {
    const auto stride = from.stride / static_cast<std::int64_t>(sizeof(float));
    return {reinterpret_cast<const float*>(from.row(first)), stride};
  }
  float* to = scratch.at_least(count * from.columns);
  for (int i = 0; i < count; ++i) {
    widen(from.dtype, from.row(first + i), from.columns, to + i * from.columns);
  }
  return {to, from.columns};
}

void store_rows(const Rows& from, std::int64_t first, std::int64_t count, const Matrix& to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float* row = from.data + i * from.stride;
    if (to.dtype == DType::kF32) {
      std::memcpy(to.row(first + i), row, static_cast<std::size_t>(to.columns) * sizeof(float));
      continue;
    }
    for (std::int64_t c = 0; c < to.columns; ++c) {
      store_element(to.dtype, to.row(first + i), c, row[c]);
    }
  }
}

void pack_panels(
    const Matrix& from, const RowLayout& layout, float factor, Workspace& scratch, float* to) {
  float* factors = scratch.scales.at_least(from.columns);
  std::fill_n(factors, from.columns, factor);
  for (int panel = 0; panel < layout.panels; ++panel) {
    const int count = layout.used(panel);
    const std::int64_t first = layout.first_query + panel * layout.lanes;
    float* packed = to + panel * from.columns * layout.lanes;
    if (count < layout.lanes) std::fill_n(packed, from.columns * layout.lanes, 0.0f);
    transpose({.from = float_rows(from, first, count, scratch.rows),
               .rows = count,
               .columns = static_cast<int>(from.columns),
               .scales = factors,
               .to = packed,
               .stride = layout.lanes});
  }
}

void pack_rows(const Matrix& from,
               const RowLayout& layout,
               float factor,
               Workspace& workspace,
               std::int64_t stride,
               float* to) {
  for (int i = 0; i < layout.queries; ++i) {
    const Rows row = float_rows(from, layout.first_query + i, 1, workspace.rows);
    float* copy = to + i * stride;
    for (std::int64_t c = 0; c < from.columns; ++c) copy[c] = row.data[c] * factor;
    std::fill(copy + from.columns, copy + stride, 0.0f);
  }
}

void unpack_panel(const ScaledPanel& from,
                  const RowLayout& layout,
                  int panel,
                  Workspace& scratch,
                  const Matrix& out) {
  const bool in_place = out.dtype == DType::kF32;
  const std::int64_t first = layout.first_query + panel * layout.lanes;
  const int count = layout.used(panel);
  float* to = in_place ? reinterpret_cast<float*>(out.row(first))
                       : scratch.rows.at_least(layout.lanes * out.columns);
  const std::int64_t stride =
      in_place ? out.stride / static_cast<std::int64_t>(sizeof(float)) : out.columns;
  transpose({.from = {from.panel, layout.lanes},
             .rows = static_cast<int>(out.columns),
             .columns = count,
             .scales = from.scales,
             .to = to,
             .stride = stride});
  if (!in_place) store_rows({to, out.columns}, first, count, out);
}

}  // namespace heddle::attention::cpu
