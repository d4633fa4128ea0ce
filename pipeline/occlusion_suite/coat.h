#pragma once
// A drawn thing: an outline with a texture on it, and the canvas that it is painted on.
// Threads: values; paint() on disjoint canvases.

#include "pipeline/occlusion_suite/shape.h"
#include "pipeline/occlusion_suite/texture.h"

#include <vector>

namespace heddle::pipeline {

struct Coat {
  Shape shape;
  Texture texture;
  double zoom = 1, u = 0, v = 0;  // shape coordinates -> texture
};

struct Canvas {
  int width = 0, height = 0;
  std::vector<float> bgr;  // (height, width, 3), 0..255
};

/// Over what is there, with soft rims; what leaves the canvas is cut off. `light`: brightness.
void paint(const Coat& coat, const Pose& pose, Canvas& canvas, double light = 1);

}  // namespace heddle::pipeline
