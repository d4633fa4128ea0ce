#include "pipeline/occlusion_suite/score.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::pipeline {
namespace {

constexpr double kSeen = 0.5;  // share visible
constexpr double kUnseen = 0.01;
constexpr std::size_t kLastFrames = 10;
constexpr double kOnTarget = 0.5;  // overlap

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

}  // namespace

double SuiteScore::auc() const {
  Success both = before;
  both += after;
  return both.auc();
}

double SuiteScore::recovered_share() const { return share(recovered, clips); }
double SuiteScore::claimed_share() const { return share(claimed, hidden); }

SuiteScore& SuiteScore::operator+=(const SuiteScore& other) {
  before += other.before;
  after += other.after;
  clips += other.clips;
  recovered += other.recovered;
  hidden += other.hidden;
  claimed += other.claimed;
  return *this;
}

SuiteScore score_clip(std::span<const OcclusionClip::Truth> truth, std::span<const Said> said) {
  if (truth.size() != said.size()) {
    throw std::invalid_argument("occlusion suite: " + std::to_string(truth.size()) +
                                " true frames and " + std::to_string(said.size()) +
                                " said; give one entry a frame");
  }
  SuiteScore score;
  score.clips = 1;
  std::vector<std::optional<Box>> seen[2], boxes[2];
  for (std::size_t i = 1; i < truth.size(); ++i) {
    if (truth[i].visible < kUnseen) {
      ++score.hidden;
      if (said[i].claimed) ++score.claimed;
    }
    if (truth[i].visible < kSeen) continue;
    const int side = score.hidden > 0 ? 1 : 0;
    seen[side].emplace_back(truth[i].box);
    boxes[side].emplace_back(said[i].box);
  }
  score.before = score_success(seen[0], boxes[0]);
  score.after = score_success(seen[1], boxes[1]);
  const std::size_t last = std::min(kLastFrames, seen[1].size());
  std::size_t on = 0;
  for (std::size_t i = seen[1].size() - last; i < seen[1].size(); ++i) {
    if (iou(*seen[1][i], *boxes[1][i]) > kOnTarget) ++on;
  }
  if (2 * on > last) score.recovered = 1;
  return score;
}

}  // namespace heddle::pipeline
