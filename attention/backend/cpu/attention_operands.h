#pragma once
// Operands on their way between storage and panels: one head of a strided view of any float type,
// as fp32 rows or as panels of queries.

#include "attention/backend/cpu/attention_panel.h"
#include "attention/backend/cpu/attention_row.h"
#include "attention/backend/cpu/row_orders.h"

#include <cstdint>

namespace heddle::attention::cpu {

struct Matrix {
  char* data;            // row 0
  std::int64_t stride;   // bytes between rows
  std::int64_t columns;  // elements a row
  DType dtype;
  const std::int32_t* order = nullptr;  // of places: row i is row order[i] of the view

  char* row(std::int64_t i) const { return data + (order ? order[i] : i) * stride; }
  /// May rows be read as they lie, one behind the other?
  bool in_place() const { return dtype == DType::kF32 && !order; }
};

/// Rows of one head of a (heads, rows, dim) view.
Matrix head_of(const TensorView& view, std::int64_t head);
/// Places of one head.
Matrix head_of(const TensorView& view, std::int64_t head, const RowOrder& order);

/// `count` rows from `first` on as fp32: in place where they lie so, else copied together.
Rows float_rows(const Matrix& from, std::int64_t first, int count, Scratch<float>& scratch);

/// fp32 rows stored as `to` holds them, from its row `first` on.
void store_rows(const Rows& from, std::int64_t first, std::int64_t count, const Matrix& to);

/// The layout's queries as (panels, dim, lanes), times `factor`; unused lanes are zero.
void pack_panels(
    const Matrix& from, const RowLayout& layout, float factor, Workspace& scratch, float* to);

/// Row-major copies of the layout's queries, times `factor`, `stride` apart, padded with zeros.
void pack_rows(const Matrix& from,
               const RowLayout& layout,
               float factor,
               Workspace& workspace,
               std::int64_t stride,
               float* to);

struct ScaledPanel {
  const float* panel = nullptr;   // (dim, lanes)
  const float* scales = nullptr;  // (lanes)
};
/// Writes panel `panel` of the layout as rows of `out`, lane by lane times its scale.
void unpack_panel(const ScaledPanel& from,
                  const RowLayout& layout,
                  int panel,
                  Workspace& scratch,
                  const Matrix& out);

}  // namespace heddle::attention::cpu
