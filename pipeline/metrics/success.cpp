#include "pipeline/metrics/success.h"

#include <numeric>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

double share(double part, std::int64_t whole) {
  return whole > 0 ? part / static_cast<double>(whole) : 0;
}

}  // namespace

double Success::rate(std::size_t threshold) const {
  return share(static_cast<double>(above.at(threshold)), frames);
}

double Success::auc() const {
  const auto sum = std::accumulate(above.begin(), above.end(), std::int64_t{0});
  return share(static_cast<double>(sum), frames) / kSuccessThresholds;
}

double Success::precision(std::size_t pixels) const {
  return share(static_cast<double>(near.at(pixels)), frames);
}

double Success::mean_overlap() const { return share(overlap_sum, frames); }

Success& Success::operator+=(const Success& other) {
  frames += other.frames;
  overlap_sum += other.overlap_sum;
  for (std::size_t i = 0; i < kSuccessThresholds; ++i) above[i] += other.above[i];
  for (std::size_t i = 0; i < kPrecisionThresholds; ++i) near[i] += other.near[i];
  return *this;
}

Success score_success(std::span<const std::optional<Box>> truth,
                      std::span<const std::optional<Box>> said) {
  if (truth.size() != said.size()) {
    throw std::invalid_argument("success: " + std::to_string(truth.size()) + " true frames and " +
                                std::to_string(said.size()) + " said; give one entry a frame");
  }
  Success success;
  for (std::size_t frame = 0; frame < truth.size(); ++frame) {
    if (!truth[frame]) continue;
    const double overlap = said[frame] ? iou(*truth[frame], *said[frame]) : 0;
    ++success.frames;
    success.overlap_sum += overlap;
    for (std::size_t i = 0; i < kSuccessThresholds; ++i) {
      if (overlap > success_threshold(i)) ++success.above[i];
    }
    if (!said[frame]) continue;
    const double away = centre_distance(*truth[frame], *said[frame]);
    for (std::size_t i = 0; i < kPrecisionThresholds; ++i) {
      if (away <= static_cast<double>(i)) ++success.near[i];
    }
  }
  return success;
}

}  // namespace heddle::pipeline
