#pragma once
// One head's block of queries going backward over tiles of keys: what is packed once, and what a
// tile adds. Threads: one workspace a thread; packed rows are only read.

#include "attention/backend/attention_checks.h"
#include "attention/backend/cpu/attention_row.h"
#include "attention/backend/cpu/attention_workspace.h"
#include "attention/backend/cpu/gradient_panel.h"
#include "attention/backend/cpu/row_orders.h"

#include <cstdint>

namespace heddle::attention::cpu {

/// One call, and how its packed rows lie in memory.
struct GradientCall {
  GradientCall(const AttentionGradientArgs& gradient_args,
               const AttentionShape& of_shape,
               const RowOrders& row_orders = {});

  const AttentionGradientArgs& args;
  AttentionArgs forward;
  AttentionShape shape;
  RowOrders orders;
  std::int64_t key_stride = 0;    // key_dim, padded to whole vectors
  std::int64_t value_stride = 0;  // value_dim, likewise
  std::int64_t panels = 0;        // the most of any row

  std::int64_t group() const { return shape.heads / shape.kv_heads; }  // heads a key head
  std::int64_t plan_row(std::int64_t head, std::int64_t block) const;
  /// Floats of one query set of a packed row, of a whole packed row, of a row's dQ over all sets.
  std::int64_t set_floats() const;
  std::int64_t packed_floats() const;
  std::int64_t sum_floats() const;
};

/// The queries of one head that share a plan row, ready for the kernel. `packed` (packed_floats(),
/// 64-byte aligned): for each query set its panels and its rows, both times the scale; dO's panels
/// and rows; log_sum_exp and shift of each lane.
struct GradientRow {
  const GradientCall& call;
  std::int64_t head = 0;
  std::int64_t row = 0;  // of the plan
  RowLayout layout;
  float* packed = nullptr;

  GradientRow(const GradientCall& of_call,
              std::int64_t of_head,
              std::int64_t of_row,
              float* memory);
  void pack(Workspace& workspace) const;
};

/// One piece of a row's keys; the kernel looks at its keys [first, end).
struct GradientPiece {
  Piece piece;
  int first = 0;
  int end = 0;
};

/// Where the gradients of a piece go: `queries` (sets, panels, key_dim, lanes), `keys` and `values`
/// at the piece's first key; null where not wanted.
struct PieceSums {
  float* queries = nullptr;
  float* keys = nullptr;
  float* values = nullptr;
};

/// `ahead`: what comes next, brought near meanwhile.
void add_piece(const GradientRow& row,
               const GradientPiece& piece,
               const PieceSums& sums,
               const Ahead& ahead,
               Workspace& workspace);

/// The keys and values of a piece, where they lie.
RowsAhead rows_ahead(const GradientRow& row, const Piece& piece, TensorView KeySegment::*operand);

/// Writes the row's query gradients from (sets, panels, key_dim, lanes).
void write_query_gradients(const GradientRow& row, const float* sums, Workspace& workspace);

}  // namespace heddle::attention::cpu
