#pragma once
// The vector kernels of attention, chosen at run time for the machine's instruction set. A panel is
// panel_lanes() queries, one a lane, so that softmax runs down the lanes without a horizontal step
// and keys and values are read as they lie. Each lane's arithmetic is a chain over its keys in
// ascending order: its bits do not depend on the other lanes, and a masked key is an exact no-op.
// Threads: pure functions of their arguments.

#include "attention/tensor/dtype.h"

#include <array>
#include <cstdint>

namespace heddle::attention::cpu {

/// Queries a panel: at most kMaxPanelLanes.
int panel_lanes();
inline constexpr int kMaxPanelLanes = 32;

/// Rows of keys and of values, fp32; row i begins at data + i * stride.
struct Rows {
  const float* data = nullptr;
  std::int64_t stride = 0;
};

/// The running softmax of one panel.
struct PanelState {
  float* max = nullptr;  // (lanes), log2 units
  float* sum = nullptr;  // (lanes)
  float* out = nullptr;  // (value_dim, lanes)
};

/// Rows in storage that come next: keys, values, sums.
struct RowsAhead {
  const char* data = nullptr;
  const std::int32_t* order =
      nullptr;              // row i lies at data + order[i] * stride; null: at i * stride
  std::int64_t stride = 0;  // bytes
  std::int64_t row_bytes = 0;
  int count = 0;
};

/// What a panel brings near while it works; empty entries are nothing.
using Ahead = std::array<RowsAhead, 4>;

/// One tile of keys for one panel of queries.
struct PanelTile {
  const float* queries = nullptr;       // (key_dim, lanes), scaled by scale * log2(e)
  Rows keys;                            // (key_count, key_dim)
  Rows values;                          // (key_count, value_dim)
  const std::uint32_t* mask = nullptr;  // (ceil(key_count / 32), lanes), bit k % 32 of word k / 32
                                        // says that the lane attends key k; null: all attend
  int first_key = 0;                    // keys [first_key, end_key) of the tile are looked at
  int end_key = 0;
  int key_dim = 0;
  int value_dim = 0;
  float* scores = nullptr;  // scratch (key_count, lanes)
  Ahead ahead;
};

void attend(const PanelTile& tile, const PanelState& state);

/// left := left merged with right, whose keys come later, as softmax_state.h defines it: a lane
/// that has seen no key is the identity, exactly. Both are (max, sum, out (value_dim)) x lanes.
void merge_panel(int value_dim, const float* right, float* left);

/// to[c][r] = from[r][c] * scales[c]: between rows as tensors have them and panels.
struct Transposition {
  Rows from;  // (rows, columns)
  int rows = 0;
  int columns = 0;
  const float* scales = nullptr;  // (columns)
  float* to = nullptr;            // (columns, rows), row c at to + c * stride
  std::int64_t stride = 0;
};
void transpose(const Transposition& work);

/// Converts `count` elements of a row of f32, bf16 or f16 to fp32.
void widen(DType dtype, const void* from, std::int64_t count, float* to);

}  // namespace heddle::attention::cpu
