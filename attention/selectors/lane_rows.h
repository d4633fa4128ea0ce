#pragma once
// Rows of one head laid 16 beside each other, for lane_scores.h, and the scores of a few queries
// against all of them. Rows that were never written are zero. Threads: many readers or one writer.
// Errors: none.

#include "attention/selectors/lane_scores.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

class LaneRows {
 public:
  LaneRows(std::int64_t rows, std::int64_t dim, float fill = 0);

  /// Element 0 of a row; element i lies i * kSummaryLanes behind it.
  float* row(std::int64_t at) {
    return elements_.data() + at / kSummaryLanes * dim_ * kSummaryLanes + at % kSummaryLanes;
  }
  void add(std::int64_t at, const float* x, float factor = 1);
  const float* group(std::int64_t at) const { return elements_.data() + at * dim_ * kSummaryLanes; }
  std::int64_t dim() const { return dim_; }

 private:
  std::int64_t dim_;
  std::vector<float> elements_;  // (groups, dim, kSummaryLanes)
};

/// Scores of the queries of one task: (queries, width), width a multiple of kSummaryLanes.
class ScoreTable {
 public:
  /// Room for the scores of `rows` rows, for `queries` queries.
  void size(std::int64_t queries, std::int64_t rows);
  std::vector<const float*>& queries() { return queries_; }  // one a row of the table
  float* row(std::int64_t query) { return scores_.data() + query * width_; }

  /// The table of products of all queries with rows [0, rows), in chunks as lane_products sums.
  void fill(const LaneRows& of, std::int64_t chunk);
  /// Of bounds, between two sets of rows.
  void fill_bounds(const LaneRows& lows, const LaneRows& highs);

 private:
  template <class Run>
  void for_each_group(const LaneRows& of, const LaneRows* highs, const Run& run);

  std::int64_t width_ = 0;
  std::vector<const float*> queries_;
  std::vector<float> scores_;
  std::vector<LaneJob> jobs_;
};

}  // namespace heddle::attention
