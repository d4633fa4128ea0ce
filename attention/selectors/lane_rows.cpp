#include "attention/selectors/lane_rows.h"

namespace heddle::attention {
namespace {

std::int64_t groups_of(std::int64_t rows) { return (rows + kSummaryLanes - 1) / kSummaryLanes; }

}  // namespace

LaneRows::LaneRows(std::int64_t rows, std::int64_t dim, float fill)
    : dim_(dim), elements_(static_cast<std::size_t>(groups_of(rows) * dim * kSummaryLanes), fill) {}

void LaneRows::add(std::int64_t at, const float* x, float factor) {
  float* to = row(at);
  for (std::int64_t i = 0; i < dim_; ++i) to[i * kSummaryLanes] += x[i] * factor;
}

void ScoreTable::size(std::int64_t queries, std::int64_t rows) {
  width_ = groups_of(rows) * kSummaryLanes;
  queries_.resize(static_cast<std::size_t>(queries));
  const auto wanted = static_cast<std::size_t>(queries * width_);
  if (scores_.size() < wanted) scores_.resize(wanted);
}

/// A group of rows stays in the nearest cache while all queries meet it.
template <class Run>
void ScoreTable::for_each_group(const LaneRows& of, const LaneRows* highs, const Run& run) {
  jobs_.resize(queries_.size());
  for (std::int64_t group = 0; group < width_ / kSummaryLanes; ++group) {
    for (std::size_t q = 0; q < jobs_.size(); ++q) {
      jobs_[q] = {.query = queries_[q],
                  .rows = of.group(group),
                  .highs = highs == nullptr ? nullptr : highs->group(group),
                  .out = row(static_cast<std::int64_t>(q)) + group * kSummaryLanes};
    }
    run();
  }
}

void ScoreTable::fill(const LaneRows& of, std::int64_t chunk) {
  for_each_group(of, nullptr, [&] { lane_products(jobs_, of.dim(), chunk); });
}

void ScoreTable::fill_bounds(const LaneRows& lows, const LaneRows& highs) {
  for_each_group(lows, &highs, [&] { lane_bounds(jobs_, lows.dim()); });
}

}  // namespace heddle::attention
