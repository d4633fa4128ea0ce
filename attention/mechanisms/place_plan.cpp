#include "attention/mechanisms/place_plan.h"

#include "attention/mechanisms/token_loop.h"
#include "attention/patterns/run_writer.h"

#include <algorithm>

namespace heddle::attention {
namespace {

constexpr std::int64_t kPartRows = 64;  // of one task

/// Writes rows of one part.
class PartPlanner {
 public:
  PartPlanner(const PlaceRule& rule, const PlaceCounts& counts, BlockPlan& part, std::int64_t first)
      : rule_(rule),
        keys_({0, counts.keys}),
        block_(part.key_block),
        writer_(part, first),
        mask_(part.query_block, part.key_block) {}

  void write(std::int64_t head) {
    writer_.start_row();
    met_.clear();
    rule_.met(head, writer_.row_queries(), met_);
    std::int64_t next = 0;  // first tile that is not written yet
    for (const PositionRange& range : met_) {
      const std::int64_t end = (range.end + block_ - 1) / block_;
      for (next = std::max(next, range.begin / block_); next < end; ++next) write_tile(head, next);
    }
  }

 private:
  void write_tile(std::int64_t head, std::int64_t tile) {
    const PositionRange keys = overlap(keys_, {tile * block_, (tile + 1) * block_});
    const PositionRange queries = writer_.row_queries();
    mask_.start(queries, keys);
    for (std::int64_t q = queries.begin; q < queries.end; ++q) rule_.attend(head, q, keys, mask_);
    const auto shape = mask_.shape();
    if (shape) writer_.add({0, keys.begin, keys}, *shape, mask_.bits());
  }

  const PlaceRule& rule_;
  PositionRange keys_;
  std::int64_t block_;
  RunWriter writer_;
  TileMask mask_;
  std::vector<PositionRange> met_;
};

}  // namespace

BlockPlan plan_places(const PlaceRule& rule, const PlaceCounts& counts) {
  BlockPlan plan{.heads = static_cast<int>(counts.heads), .queries = counts.queries};
  const std::int64_t a_head = plan.query_blocks();
  const std::int64_t rows = counts.heads * a_head;
  std::vector<BlockPlan> parts(static_cast<std::size_t>((rows + kPartRows - 1) / kPartRows), plan);
  for_each_task(std::ssize(parts), [&](std::int64_t i) {
    const std::int64_t first = i * kPartRows;
    PartPlanner planner(rule, counts, parts[static_cast<std::size_t>(i)], first);
    for (std::int64_t row = first; row < std::min(rows, first + kPartRows); ++row) {
      planner.write(row / a_head);
    }
  });
  for (const BlockPlan& part : parts) append_rows(part, plan);
  plan.row_begin.push_back(std::ssize(plan.runs));
  build_work_list(plan);
  return plan;
}

std::vector<std::int32_t> ascents_of(std::span<const std::int32_t> tokens) {
  std::vector<std::int32_t> ends(tokens.size());
  for (std::size_t i = tokens.size(); i-- > 0;) {
    const bool last = i + 1 == tokens.size() || tokens[i + 1] <= tokens[i];
    ends[i] = last ? static_cast<std::int32_t>(i + 1) : ends[i + 1];
  }
  return ends;
}

void attend_below(const Ascending& places,
                  std::int64_t q,
                  PositionRange keys,
                  std::int32_t bound,
                  TileMask& mask) {
  for (std::int64_t place = keys.begin; place < keys.end;) {
    const std::int64_t end =
        std::min<std::int64_t>(places.ends[static_cast<std::size_t>(place)], keys.end);
    const auto* const first = places.tokens.data() + place;
    const auto* const below = std::lower_bound(first, places.tokens.data() + end, bound);
    mask.add_keys(q, {place, place + (below - first)});
    place = end;
  }
}

}  // namespace heddle::attention
