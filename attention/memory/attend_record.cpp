#include "attention/memory/attend_record.h"

#include <algorithm>

namespace heddle::attention {
namespace {

Tensor shaped(DType dtype, const TensorView& like) {
  return {dtype, std::span(like.shape.data(), static_cast<std::size_t>(like.rank))};
}

Tensor copied(const TensorView& from) {
  Tensor made = shaped(from.dtype, from);
  copy(from, made.view());
  return made;
}

/// Ranges of slots, ascending and apart, and where each begins when they are laid end to end.
class SlotRanges {
 public:
  SlotRanges(const BlockPlan& plan, std::int32_t segment) {
    std::vector<PositionRange> wanted;
    for (const TileRun& run : plan.runs) {
      if (run.segment == segment) wanted.push_back({run.first_slot, run.first_slot + run.keys});
    }
    std::ranges::sort(wanted, {}, &PositionRange::begin);
    for (const PositionRange& one : wanted) {
      if (!ranges_.empty() && one.begin <= ranges_.back().end) {
        ranges_.back().end = std::max(ranges_.back().end, one.end);
      } else {
        ranges_.push_back(one);
      }
    }
    for (const PositionRange& range : ranges_) {
      places_.push_back(rows_);
      rows_ += range.size();
    }
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t place_of(std::int64_t slot) const {
    const auto after = std::ranges::upper_bound(ranges_, slot, {}, &PositionRange::begin);
    const auto at = static_cast<std::size_t>(after - ranges_.begin()) - 1;
    return places_[at] + slot - ranges_[at].begin;
  }
  Tensor gather(const TensorView& from) const {
    Tensor made(from.dtype, {from.shape[0], rows_, from.shape[2]});
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      const std::int64_t count = ranges_[i].size();
      copy(from.slice(1, ranges_[i].begin, count), made.view().slice(1, places_[i], count));
    }
    return made;
  }

 private:
  std::vector<PositionRange> ranges_;
  std::vector<std::int64_t> places_;
  std::int64_t rows_ = 0;
};

}  // namespace

AttendRecord::AttendRecord(const AttentionArgs& call) : plan_(*call.plan), scale_(call.scale) {
  for (std::size_t set = 0; set < queries_.size(); ++set) queries_[set] = copied(call.queries[set]);
  for (std::size_t i = 0; i < call.segments.size(); ++i) {
    copy_segment(call, static_cast<std::int32_t>(i));
  }
}

/// Segments nothing is read of are left out, so that the later ones move up.
void AttendRecord::copy_segment(const AttentionArgs& call, std::int32_t segment) {
  const SlotRanges ranges(*call.plan, segment);
  if (ranges.rows() == 0) return;
  const KeySegment& from = call.segments[static_cast<std::size_t>(segment)];
  Rows rows{.tier = static_cast<MemorySegment>(segment),
            .positions = std::vector<std::int64_t>(static_cast<std::size_t>(ranges.rows())),
            .keys = ranges.gather(from.keys),
            .values = ranges.gather(from.values),
            .query_set = from.query_set};
  for (std::size_t i = 0; i < plan_.runs.size(); ++i) {
    const TileRun& run = call.plan->runs[i];
    if (run.segment != segment) continue;
    plan_.runs[i].segment = static_cast<std::int32_t>(segments_.size());
    plan_.runs[i].first_slot = ranges.place_of(run.first_slot);
    for (std::int64_t j = 0; j < run.keys; ++j) {
      rows.positions[static_cast<std::size_t>(plan_.runs[i].first_slot + j)] = run.first_key + j;
    }
  }
  segments_.push_back(std::move(rows));
}

AttendRecord::Gradient AttendRecord::differentiate(const Backend& backend,
                                                   const Forward& forward) const {
  Gradient made;
  for (std::size_t set = 0; set < queries_.size(); ++set) {
    made.queries[set] = shaped(DType::kF32, queries_[set].view());
  }
  if (segments_.empty()) return made;  // nothing was read: out is 0 whatever the queries are
  std::vector<KeySegment> segments;
  std::vector<KeySegmentGradient> gradients;
  for (const Rows& rows : segments_) {
    segments.push_back({rows.keys.view(), rows.values.view(), rows.query_set});
    made.segments.push_back(
        {shaped(DType::kF32, rows.keys.view()), shaped(DType::kF32, rows.values.view())});
    gradients.push_back({made.segments.back()[0].view(), made.segments.back()[1].view()});
  }
  const std::array queries{queries_[0].view(), queries_[1].view()};
  const std::array query_gradients{made.queries[0].view(), made.queries[1].view()};
  backend.attention_gradient({.plan = &plan_,
                              .queries = queries,
                              .segments = segments,
                              .scale = scale_,
                              .out = forward.out,
                              .log_sum_exp = forward.log_sum_exp,
                              .out_gradient = forward.out_gradient,
                              .query_gradients = query_gradients,
                              .segment_gradients = gradients});
  return made;
}

}  // namespace heddle::attention
