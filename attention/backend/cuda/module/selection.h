#pragma once
// The kernels of a selection (selection_api.h), in the order in which they are enqueued: summaries,
// scores, choices, rows, stages. Scores are kept for a slab of rows at a time, so that they take
// bounded memory however long a sequence is. Errors: std::runtime_error naming the launch.

#include "attention/backend/cuda/selection_api.h"
#include "attention/backend/cuda/selection_math.h"

#include <cuda_runtime.h>

#include <cstdint>

namespace heddle::attention::cuda {

inline constexpr int kScoreTile = 64;  // groups, and blocks, of a block of threads

/// A selection's shape, worked out, and its device memory.
struct Selecting {
  SelectionShape shape;
  std::int32_t groups = 0;       // of 64 queries, a head
  std::int32_t blocks = 0;       // that some group may choose: closed before the last group's own
  std::int32_t words = 0;        // of a group's choice
  std::int32_t tiles = 0;        // of 128 queries, a head
  std::int32_t most_stages = 0;  // of a tile
  float* low = nullptr;          // (kv_heads, blocks, dim): sums of keys, or the box's low side
  float* high = nullptr;         // the box's high side
  float* means = nullptr;        // (heads, groups, dim): of queries
  float* scores = nullptr;       // of a slab
  std::uint32_t* chosen = nullptr;    // (heads, groups, words)
  std::int64_t* row_begin = nullptr;  // (heads * groups + 1)
  TileRun* runs = nullptr;
  Stage* stages = nullptr;              // (heads, tiles, most_stages)
  Item* items = nullptr;                // (heads * tiles)
  Item* lane_items = nullptr;           // the same, lane after lane
  const Item* plain_items = nullptr;    // the same, without their stages
  const std::int32_t* place = nullptr;  // in lane_items, of each
};

/// Rows of scores: that of group g of head h is row h * head_rows + g - before.
struct ScoreRows {
  const float* data = nullptr;
  std::int64_t head_rows = 0;
  std::int64_t before = 0;
};

/// Groups [first, first + count) of all heads, head after head, each head's rounded up to whole
/// tiles of kScoreTile.
struct Slab {
  std::int32_t first_tile = 0;
  std::int32_t tiles = 0;
};

inline std::int32_t score_tiles(const Selecting& of) {  // of a head
  return (of.groups + kScoreTile - 1) / kScoreTile;
}

void launch_key_summaries(const Selecting& of, const Operand& keys, cudaStream_t stream);
void launch_query_means(const Selecting& of, const Operand& queries, cudaStream_t stream);
/// Into of.scores, row (tile - slab.first_tile) * 64 + group % 64.
void launch_scores(const Selecting& of, const Slab& slab, cudaStream_t stream);
/// The choices of the slab's groups.
void launch_choice(const Selecting& of,
                   const Slab& slab,
                   const ScoreRows& scores,
                   cudaStream_t stream);
/// row_begin and runs of all groups.
void launch_selected_rows(const Selecting& of, cudaStream_t stream);
/// Stages and items of all tiles.
void launch_stages(const Selecting& of, cudaStream_t stream);

struct SelectionApi;
const SelectionApi& selection_table();

}  // namespace heddle::attention::cuda
