#include "tests/unit/attention/cuda/selection_twin.h"

#include "attention/backend/cuda/selection_math.h"
#include "attention/patterns/listed.h"
#include "attention/selectors/top_k.h"

#include <cmath>
#include <random>
#include <span>

namespace heddle::attention::cuda {

SelectionTwin::SelectionTwin(const SelectionShape& of, const std::vector<float>& scores)
    : shape(of),
      groups((of.tokens + 63) / 64),
      blocks((groups - 1) / (of.block / 64)),
      words((blocks + kWordBlocks - 1) / kWordBlocks),
      chosen(static_cast<std::size_t>(of.heads * groups * words)) {
  BlockLists lists{.heads = of.heads, .query_block = 64, .key_block = of.block};
  for (std::int64_t row = 0; row < of.heads * groups; ++row) {
    const std::int64_t own = row % groups / (of.block / 64);
    const std::span<const float> of_row(scores.data() + row * blocks,
                                        static_cast<std::size_t>(own));
    for (const std::uint32_t block :
         top_k_by_sorting(of_row, static_cast<std::size_t>(of.top - 1))) {
      lists.blocks.push_back(block);
      chosen[static_cast<std::size_t>(row * words + block / kWordBlocks)] |= 1u
                                                                             << block % kWordBlocks;
    }
    lists.blocks.push_back(own);
    lists.row_begin.push_back(std::ssize(lists.blocks));
  }
  plan = heddle::attention::plan(listed(std::move(lists)) & dense(Direction::kCausal),
                                 {.heads = of.heads, .queries = of.tokens, .keys = of.tokens});
}

std::vector<TileRun> SelectionTwin::runs_of(std::int64_t row) const {
  std::vector<TileRun> runs;
  for_each_run(
      {chosen.data() + row * words, static_cast<std::int32_t>(row % groups), shape.block / 64},
      shape.tokens,
      [&](const TileRun& run) { runs.push_back(run); });
  return runs;
}

TileSchedule SelectionTwin::schedule() const {
  TileSchedule made{.queries = shape.tokens, .heads = shape.heads};
  made.masks = selection_masks();
  std::vector<TileStages> tiles;
  for (int head = 0; head < shape.heads; ++head) {
    for (std::int32_t first = 0; first < groups; first += 2) {
      const bool second = first + 1 < groups;
      const std::uint32_t* of = chosen.data() + (head * groups + first) * words;
      const GroupChoice both[2] = {{of, first, shape.block / 64},
                                   {second ? of + words : of, first + 1, shape.block / 64}};
      std::vector<std::uint32_t> of_kind[3];
      for (std::int32_t chunk = 0; chunk < first + 1 + second; ++chunk) {
        const ChunkState a = chunk_state(both[0], chunk);
        const ChunkState b = second ? chunk_state(both[1], chunk) : kNoKey;
        if (a == kNoKey && b == kNoKey) continue;
        of_kind[a == kNoKey ? 2 : b == kNoKey ? 1 : 0].push_back(entry_of(chunk, a, b));
      }
      StagePlaces places;
      for (int k = 0; k < 3; ++k) places.count[k] = static_cast<std::int32_t>(of_kind[k].size());
      std::vector<std::uint32_t> entries(static_cast<std::size_t>(2 * places.stages()), kNoEntry);
      for (int k = 0; k < 3; ++k) {
        for (std::int32_t rank = 0; rank < places.count[k]; ++rank) {
          entries.at(static_cast<std::size_t>(places.place(k, rank))) =
              of_kind[k][static_cast<std::size_t>(rank)];
        }
      }
      tiles.push_back({.first_stage = std::ssize(made.stages),
                       .stages = places.stages(),
                       .first_row = std::int64_t{first} * 64,
                       .head = head});
      for (std::size_t i = 0; i < entries.size(); i += 2) {
        made.stages.push_back(stage_of(entries[i], entries[i + 1]));
      }
    }
  }
  made.items = make_items(tiles, {}, {.longest = std::int64_t{1} << 30});
  return made;
}

std::vector<float> hostile_scores(std::int64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr float kOdd[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-45f, -1e-45f, 1.0f};
  std::vector<float> scores(static_cast<std::size_t>(count));
  for (float& score : scores) {
    const std::uint64_t drawn = random();
    const auto small = static_cast<float>(static_cast<int>(drawn >> 8 & 15) - 8);  // many ties
    score = drawn % 4 == 0   ? kOdd[drawn >> 4 & 7]
            : drawn % 4 == 1 ? small
                             : static_cast<float>(static_cast<double>(drawn >> 11) * 0x1p-53 - 0.5);
  }
  return scores;
}

}  // namespace heddle::attention::cuda
