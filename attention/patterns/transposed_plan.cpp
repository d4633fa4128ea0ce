#include "attention/patterns/transposed_plan.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

void require_inside(const TileRun& run, std::size_t index, std::span<const std::int64_t> slots) {
  const auto segment = static_cast<std::size_t>(run.segment);
  if (segment < slots.size() && run.first_slot + run.keys <= slots[segment]) return;
  throw std::invalid_argument("transpose: run " + std::to_string(index) + " ends at slot " +
                              std::to_string(run.first_slot + run.keys) + " of segment " +
                              std::to_string(run.segment) + ", which is not there");
}

/// body(block, tile) for each tile of the run and each block of slots that it reads.
template <class Body>
void for_each_share(const BlockPlan& plan,
                    const TransposedPlan& made,
                    const TileRun& run,
                    const Body& body) {
  const std::int64_t base = made.segment_begin[static_cast<std::size_t>(run.segment)];
  for (std::int64_t tile = 0; tile < run.count; ++tile) {
    const std::int64_t begin = run.first_slot + tile * plan.key_block;
    const std::int64_t end = run.first_slot + std::min((tile + 1) * plan.key_block, run.keys);
    body(base + begin / plan.key_block, tile);
    if ((end - 1) / plan.key_block != begin / plan.key_block) {
      body(base + (end - 1) / plan.key_block, tile);
    }
  }
}

}  // namespace

TransposedPlan transpose(const BlockPlan& plan, std::span<const std::int64_t> slots) {
  TransposedPlan made;
  transpose(plan, slots, made);
  return made;
}

void transpose(const BlockPlan& plan, std::span<const std::int64_t> slots, TransposedPlan& made) {
  made.segment_begin.assign(1, 0);
  for (const std::int64_t count : slots) {
    const std::int64_t blocks = (count + plan.key_block - 1) / plan.key_block;
    made.segment_begin.push_back(made.segment_begin.back() + blocks);
  }
  for (std::size_t i = 0; i < plan.runs.size(); ++i) require_inside(plan.runs[i], i, slots);

  // A counting sort: sizes, then begins, then tiles at their block's cursor, in ascending rows.
  // Entry b + 1 is block b's cursor, which ends where the next one begins; the last is left over.
  const std::int64_t blocks = made.blocks();
  made.block_begin.assign(static_cast<std::size_t>(plan.heads * blocks + 2), 0);
  const auto for_each_tile = [&](const auto& body) {
    const std::int64_t rows = plan.heads * plan.query_blocks();
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t head_base = row / plan.query_blocks() * blocks;
      const auto at = static_cast<std::size_t>(row);
      for (std::int64_t run = plan.row_begin[at]; run < plan.row_begin[at + 1]; ++run) {
        for_each_share(
            plan,
            made,
            plan.runs[static_cast<std::size_t>(run)],
            [&](std::int64_t block, std::int64_t tile) {
              body(static_cast<std::size_t>(head_base + block), TransposedTile{row, run, tile});
            });
      }
    }
  };
  for_each_tile([&](std::size_t at, const TransposedTile&) { ++made.block_begin[at + 2]; });
  for (std::size_t i = 1; i < made.block_begin.size(); ++i) {
    made.block_begin[i] += made.block_begin[i - 1];
  }
  made.tiles.resize(static_cast<std::size_t>(made.block_begin.back()));
  for_each_tile([&](std::size_t at, const TransposedTile& tile) {
    made.tiles[static_cast<std::size_t>(made.block_begin[at + 1]++)] = tile;
  });
  made.block_begin.pop_back();
}

}  // namespace heddle::attention
