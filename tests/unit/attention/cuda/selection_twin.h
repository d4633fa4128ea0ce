#pragma once
// What a selection on the device gives, made on the host from the same scores: the plan by the
// selectors' own way, the choices as bits, the schedule by selection_math.h chunk after chunk.

#include "attention/backend/cuda/selection_api.h"
#include "attention/backend/cuda/tile_schedule.h"
#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cuda {

struct SelectionTwin {
  /// `scores`: (heads, groups, blocks).
  SelectionTwin(const SelectionShape& shape, const std::vector<float>& scores);

  SelectionShape shape;
  std::int64_t groups;
  std::int64_t blocks;
  std::int64_t words;
  std::vector<std::uint32_t> chosen;  // (heads, groups, words)
  BlockPlan plan;

  /// Rows by for_each_run().
  std::vector<TileRun> runs_of(std::int64_t row) const;
  /// Stages of each tile behind one another, items by head and row.
  TileSchedule schedule() const;
};

/// Scores full of ties, infinities, zeros of both signs and NaN.
std::vector<float> hostile_scores(std::int64_t count, std::uint64_t seed);

}  // namespace heddle::attention::cuda
