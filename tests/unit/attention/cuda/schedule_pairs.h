#pragma once
// The pairs that a plan lets attend, by its definition: what schedules are held against.

#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <map>
#include <tuple>

namespace heddle::attention::cuda {

using Pair = std::tuple<int, std::int64_t, int, std::int64_t>;  // head, query, segment, slot

inline std::map<Pair, int> attended_pairs(const BlockPlan& plan, int heads) {
  std::map<Pair, int> pairs;
  for (int head = 0; head < heads; ++head) {
    for (std::int64_t q = 0; q < plan.queries; ++q) {
      const std::int64_t position = plan.first_query + q;
      const std::int64_t block = position / plan.query_block - plan.first_query / plan.query_block;
      const std::int64_t row = (plan.heads == 1 ? 0 : head) * plan.query_blocks() + block;
      BlockPlan one = plan;
      for (std::int64_t r = plan.row_begin[row]; r < plan.row_begin[row + 1]; ++r) {
        const TileRun& run = plan.runs[static_cast<std::size_t>(r)];
        one.heads = 1;
        one.first_query = position;
        one.queries = 1;
        one.runs = {run};
        one.row_begin = {0, 1};
        for (std::int64_t key = 0; key < run.keys; ++key) {
          if (!attends(one, 0, position, run.first_key + key)) continue;
          ++pairs[{head, q, run.segment, run.first_slot + key}];
        }
      }
    }
  }
  return pairs;
}

}  // namespace heddle::attention::cuda
