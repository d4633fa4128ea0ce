#pragma once
// Draws what the tracker said onto a frame: boxes coloured by identity, a label, and the path of
// the last two seconds. A lost object's box is dashed; a recovered one's is drawn twice as thick.
// Single-threaded; memory is bounded by the objects of two seconds.

#include "io/record.h"
#include "io/snapshot.h"

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

namespace heddle::io {

class OverlayPainter {
 public:
  OverlayPainter(int width, int height);
  /// Paints onto `bgr` (height, width, 3). `seconds` must not decrease from call to call. Tracks
  /// with coordinates that are not finite are not drawn.
  void paint(std::vector<std::uint8_t>& bgr, double seconds, std::span<const Track> tracks);
  void snapshot(Snapshot& s) { s(trails_); }

 private:
  struct Spot {
    double seconds, x, y;
  };
  void remember(double seconds, std::span<const Track> tracks);

  int width_, height_;
  std::map<std::int64_t, std::deque<Spot>> trails_;  // by identity
};

}  // namespace heddle::io
