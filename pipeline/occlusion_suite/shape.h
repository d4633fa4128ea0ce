#pragma once
// The outline of a drawn thing and where it stands in a frame.
// Threads: values.

#include "pipeline/box.h"
#include "pipeline/simulation/draws.h"

#include <array>

namespace heddle::pipeline {

/// A star-shaped outline around the origin: a rounded rectangle, or a circle with bumps. Its
/// radius is about 1.
class Shape {
 public:
  static Shape blob(ClipDraws& draws);
  /// |x|^power + |y|^power = 1.
  static Shape rounded(double power);

  double radius(double angle) const;

 private:
  std::array<double, 5> bumps_{}, phases_{};
  double power_ = 0;  // 0: a blob
};

struct Pose {
  double x = 0, y = 0;            // frame pixels, pixel centres at .5
  double half_x = 1, half_y = 1;  // frame pixels for the shape's 1, along its own axes
  double angle = 0;               // radians

  struct Point {
    double x = 0, y = 0;
  };
  /// Frame pixels -> the shape's coordinates, and back.
  Point inside(double frame_x, double frame_y) const;
  Point outside(const Point& point) const;
};

/// The smallest upright box around the shape.
Box bounds(const Shape& shape, const Pose& pose);
/// How far the frame point lies inside the outline, about in pixels; negative outside.
double depth(const Shape& shape, const Pose& pose, const Pose::Point& own);

}  // namespace heddle::pipeline
