#include "attention/patterns/attended_pairs.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace heddle::attention {
namespace {

/// Queries [first, end) of a row.
struct Rows {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

std::int64_t band_pairs(const TileRun& run, const Rows& rows) {
  std::int64_t pairs = 0;
  for (std::int64_t q = rows.first; q < rows.end; ++q) {
    const std::int64_t from = std::max(run.first_key, q + run.lo);
    const std::int64_t to = std::min(run.first_key + run.keys - 1, q + run.hi);
    pairs += std::max<std::int64_t>(to - from + 1, 0);
  }
  return pairs;
}

std::int64_t bit_pairs(const BlockPlan& plan, const TileRun& run, const Rows& rows) {
  const std::int64_t words = (plan.key_block + 63) / 64;
  std::int64_t pairs = 0;
  for (std::int64_t tile = 0; tile < run.count; ++tile) {
    const std::int64_t keys =
        std::min<std::int64_t>(run.keys - tile * plan.key_block, plan.key_block);
    for (std::int64_t q = rows.first; q < rows.end; ++q) {
      const std::int64_t row = tile * plan.query_block + q % plan.query_block;
      for (std::int64_t word = 0; word * 64 < keys; ++word) {
        const std::int64_t left = std::min<std::int64_t>(keys - word * 64, 64);
        const std::uint64_t valid = left == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
        const auto at = static_cast<std::size_t>(run.argument + row * words + word);
        pairs += std::popcount(plan.bits[at] & valid);
      }
    }
  }
  return pairs;
}

std::int64_t run_pairs(const BlockPlan& plan, const TileRun& run, const Rows& rows) {
  switch (run.kind) {
    case TileKind::kFull:
      return (rows.end - rows.first) * run.keys;
    case TileKind::kBand:
      return band_pairs(run, rows);
    case TileKind::kPrefix:
      return (rows.end - rows.first) * std::min(run.argument, run.keys);
    case TileKind::kBits:
      return bit_pairs(plan, run, rows);
  }
  return 0;
}

std::int64_t strand_pairs(const Strands& strands) {
  std::vector<std::int64_t> of_plan;
  for (const BlockPlan& plan : strands.plans) of_plan.push_back(attended_pairs(plan));
  std::int64_t pairs = 0;
  for (const std::int32_t index : strands.plan_of)
    pairs += of_plan[static_cast<std::size_t>(index)];
  return pairs;
}

}  // namespace

std::int64_t attended_pairs(const BlockPlan& plan) {
  const std::int64_t blocks = plan.query_blocks();
  const std::int64_t last = plan.first_query + plan.queries;
  std::int64_t pairs = 0;
  for (std::int64_t row = 0; row < plan.heads * blocks; ++row) {
    const std::int64_t block = plan.first_query / plan.query_block + row % blocks;
    const Rows rows = {std::max(block * plan.query_block, plan.first_query),
                       std::min((block + 1) * plan.query_block, last)};
    for (std::int64_t i = plan.row_begin[static_cast<std::size_t>(row)];
         i < plan.row_begin[static_cast<std::size_t>(row) + 1];
         ++i) {
      pairs += run_pairs(plan, plan.runs[static_cast<std::size_t>(i)], rows);
    }
  }
  return pairs + strand_pairs(plan.strands);
}

}  // namespace heddle::attention
