#include "pipeline/occlusion_suite/coat.h"

#include <algorithm>

namespace heddle::pipeline {

void paint(const Coat& coat, const Pose& pose, Canvas& canvas, double light) {
  const Box box = bounds(coat.shape, pose);
  const int left = std::max(0, static_cast<int>(box.x) - 1);
  const int top = std::max(0, static_cast<int>(box.y) - 1);
  const int right = std::min(canvas.width, static_cast<int>(box.right()) + 2);
  const int bottom = std::min(canvas.height, static_cast<int>(box.bottom()) + 2);
  const auto gain = static_cast<float>(light);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const Pose::Point own = pose.inside(x + 0.5, y + 0.5);
      const auto cover =
          static_cast<float>(std::clamp(depth(coat.shape, pose, own) + 0.5, 0.0, 1.0));
      if (cover <= 0) continue;
      const auto colour = coat.texture.at(coat.u + own.x * coat.zoom, coat.v + own.y * coat.zoom);
      float* to = canvas.bgr.data() + (static_cast<std::size_t>(y) * canvas.width + x) * 3;
      for (int c = 0; c < 3; ++c) to[c] += cover * (gain * colour[c] - to[c]);
    }
  }
}

}  // namespace heddle::pipeline
