#pragma once
// Success and precision of following one object from one box on, without a restart (one-pass
// evaluation; Wu, Lim and Yang 2013, OTB). Success: the share of frames whose overlap with the
// truth exceeds a threshold, over the thresholds 0, 0.05 .. 1; the area under that curve is the
// mean of its 21 points. Precision: the share of frames whose centre lies within 0, 1 .. 50 pixels
// of the truth's; the figure at 20 stands for it.

#include "pipeline/box.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace heddle::pipeline {

inline constexpr std::size_t kSuccessThresholds = 21;
inline constexpr std::size_t kPrecisionThresholds = 51;
inline constexpr std::size_t kPrecisionPixels = 20;

/// Overlap `index` of the success curve.
inline double success_threshold(std::size_t index) { return static_cast<double>(index) / 20; }

struct Success {
  std::int64_t frames = 0;                                // judged
  std::array<std::int64_t, kSuccessThresholds> above{};   // frames over each threshold
  std::array<std::int64_t, kPrecisionThresholds> near{};  // frames within so many pixels
  double overlap_sum = 0;

  double rate(std::size_t threshold) const;                       // 0..1
  double auc() const;                                             // 0..1
  double precision(std::size_t pixels = kPrecisionPixels) const;  // 0..1
  double mean_overlap() const;

  /// Clips add up, frame by frame.
  Success& operator+=(const Success& other);
};

/// One entry a frame, both of the same length (std::invalid_argument else). Frames without a true
/// box are not judged; a frame without a said box has overlap 0 and is near
/// nothing.
Success score_success(std::span<const std::optional<Box>> truth,
                      std::span<const std::optional<Box>> said);

}  // namespace heddle::pipeline
