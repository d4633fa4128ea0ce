#include "app/serve/streams/depth.h"

#include <algorithm>

namespace heddle::app::serve {
namespace {

constexpr int kFirst = 2;
/// Late: a quarter of a second, which somebody who watches notices, and more than the frame's own
/// work can explain.
constexpr double kLateMs = 250;
constexpr double kLateWork = 4;
/// In time: so far below that one frame more does not make it late, or it would swing.
constexpr double kInTime = 0.4;

}  // namespace

Depth::Depth(int most) : most_(most), now_(std::min(most, kFirst)) {}

int Depth::look(const Seen& seen) {
  const double late = std::max(kLateMs, kLateWork * seen.work_ms);
  if (seen.latency_ms > late) {
    now_ = std::max(1, now_ / 2);
  } else if (seen.dropped && seen.latency_ms >= 0 && seen.latency_ms < kInTime * late) {
    now_ = std::min(most_, now_ + 1);
  }
  return now_;
}

}  // namespace heddle::app::serve
