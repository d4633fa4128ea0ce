#pragma once
// Success of following one object (Wu, Lim and Yang 2013, OTB): the share of frames whose overlap
// with the truth exceeds a threshold, over the thresholds 0, 0.05 .. 1; the area under that curve
// is the mean of its 21 points.

#include "pipeline/box.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace heddle::pipeline {

inline constexpr std::size_t kSuccessThresholds = 21;

struct Success {
  std::int64_t frames = 0;                               // judged
  std::array<std::int64_t, kSuccessThresholds> above{};  // frames over each threshold
  double overlap_sum = 0;

  double rate(std::size_t threshold) const;  // 0..1
  double auc() const;                        // 0..1
  double mean_overlap() const;

  /// Clips add up, frame by frame.
  Success& operator+=(const Success& other);
};

/// One entry a frame, both of the same length (std::invalid_argument else). Frames without a true
/// box are not judged; a frame without a said box has overlap 0.
Success score_success(std::span<const std::optional<Box>> truth,
                      std::span<const std::optional<Box>> said);

}  // namespace heddle::pipeline
