#pragma once
// The drawings of the video page.

#include "io/formats/video_page/count_curve.h"
#include "io/formats/video_page/identity_log.h"
#include "io/formats/video_page/return_gallery.h"
#include "io/report/svg.h"

#include <span>
#include <string>

namespace heddle::io {

/// Times of a video in the unit that suits its length.
struct TimeUnit {
  explicit TimeUnit(double seconds);
  double of(double seconds) const { return seconds / size; }

  double size = 1;  // seconds
  std::string name = "seconds";
};

/// "3.2 s", "4:05", "1:02:09".
std::string clock_text(double seconds);

std::string name_of(const Identity& identity);

/// When the frames of a run begin and end, seconds of the video.
struct TimeSpan {
  double first = 0, last = 0;
};

/// One bar an identity: seen, thin where it was away. The order is the caller's.
report::Svg draw_timeline(std::span<const Identity> identities, const TimeSpan& span);

/// Objects in view over time: the mean and the most of each bin. The curve's 0 is span.first.
report::Svg draw_counts(const CountCurve& curve, const TimeSpan& span);

/// The paths of identities, named where they end, over a still of `width` x `height` pixels of the
/// video.
report::Svg draw_trails(const Picture& still,
                        int width,
                        int height,
                        std::span<const Identity> identities);

/// Before and after, side by side.
report::Svg draw_returns(std::span<const ReturnGallery::Entry> entries);

}  // namespace heddle::io
