#pragma once
// One head's block of queries against a range of its plan row: packs the queries into panels, walks
// the tiles, and leaves each query's running softmax. Threads: one workspace a thread; rows are
// independent.

#include "attention/backend/attention_checks.h"
#include "attention/backend/cpu/attention_tiles.h"
#include "attention/backend/cpu/attention_workspace.h"

#include <algorithm>
#include <cstdint>

namespace heddle::attention::cpu {

/// The queries of one plan row that this call holds, and how their state lies in memory: a panel
/// after the other, each (max, sum, out (value_dim)) x lanes.
struct RowLayout {
  std::int64_t first_query = 0;  // row of AttentionArgs::queries
  int queries = 0;
  int lanes = 0;
  int panels = 0;
  std::int64_t panel_floats = 0;

  int used(int panel) const { return std::min(queries - panel * lanes, lanes); }
  std::int64_t floats() const { return panels * panel_floats; }
};

struct RowOrders;

struct RowTask {
  const AttentionArgs& args;
  const AttentionShape& shape;
  std::int64_t head = 0;
  TileWalk::Range tiles;
  const RowOrders* orders = nullptr;  // of places; null: rows lie as the plan counts them
  const RowTask* next = nullptr;      // what this thread probably does next
};

RowLayout layout_of(const RowTask& task);

/// The most floats that any row's state takes.
std::int64_t largest_state(const AttentionArgs& args, const AttentionShape& shape);

/// state (layout.floats(), 64-byte aligned) := the softmax over the task's tiles; parts cut at
/// kSplitKeyBlocks are merged in order.
void attend_row(const RowTask& task, Workspace& workspace, float* state);

/// left := left merged with right, lane by lane.
void merge_states(const RowLayout& layout, float* left, const float* right);

/// Writes out and log_sum_exp of the row.
void write_row(const RowTask& task, Workspace& workspace, const float* state);

/// What other keys of the same queries have left: fp32 views of the task's queries.
struct RowResult {
  TensorView out;
  TensorView log_sum_exp;
};

/// Writes the row merged with what its queries' other keys left, those first. A query without keys
/// in `state` keeps the bits of `before`, one without keys before gets those of write_row. A
/// log_sum_exp that the task wants already holds before's.
void join_row(const RowTask& task,
              const RowResult& before,
              Workspace& workspace,
              const float* state);

}  // namespace heddle::attention::cpu
