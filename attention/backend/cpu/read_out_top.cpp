#include "attention/backend/cpu/read_out_top.h"

#include "attention/backend/cpu/attention_panel.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace heddle::attention::cpu {
namespace {

bool better(const Candidate& a, const Candidate& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.key < b.key;
}

}  // namespace

void TopCandidates::start(int lanes, int top) {
  lanes_ = lanes;
  top_ = static_cast<std::size_t>(top);
  candidates_.resize(kMaxPanelLanes);
  for (std::vector<Candidate>& lane : candidates_) lane.clear();
  thresholds_.assign(kMaxPanelLanes, -std::numeric_limits<float>::infinity());
}

void TopCandidates::add(std::int64_t first,
                        const float* similarities,
                        std::span<const std::uint32_t> hits) {
  for (std::size_t k = 0; k < hits.size(); ++k) {
    for (std::uint32_t left = hits[k]; left != 0; left &= left - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(left));
      const float similarity = similarities[k * static_cast<std::size_t>(lanes_) + lane];
      candidates_[lane].push_back({similarity, first + static_cast<std::int64_t>(k)});
    }
  }
  for (int lane = 0; lane < lanes_; ++lane) {
    if (candidates_[static_cast<std::size_t>(lane)].size() >= 2 * top_) keep_top(lane);
  }
}

/// Later keys lose against equals, so only what exceeds the last winner can still enter.
void TopCandidates::keep_top(int lane) {
  std::vector<Candidate>& all = candidates_[static_cast<std::size_t>(lane)];
  if (all.size() < top_) return;
  const auto last = all.begin() + static_cast<std::ptrdiff_t>(top_ - 1);
  std::nth_element(all.begin(), last, all.end(), better);
  thresholds_[static_cast<std::size_t>(lane)] = last->similarity;
  all.resize(top_);
}

std::span<Candidate> TopCandidates::winners(int lane) {
  keep_top(lane);
  std::vector<Candidate>& all = candidates_[static_cast<std::size_t>(lane)];
  std::sort(
      all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.key < b.key; });
  return all;
}

}  // namespace heddle::attention::cpu
