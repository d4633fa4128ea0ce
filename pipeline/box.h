#pragma once
// A rectangle in pixels, x to the right, y down, (x, y) its top-left corner; sides may leave the
// frame. The one geometry type that detectors, associations, heads and metrics share.

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {

struct Box {
  double x = 0, y = 0, width = 0, height = 0;

  double centre_x() const { return x + width / 2; }
  double centre_y() const { return y + height / 2; }
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  double area() const { return width * height; }
  double scale() const { return std::sqrt(width * height); }  // side of the square of equal area
};

inline Box centred_box(double cx, double cy, double width, double height) {
  return {cx - width / 2, cy - height / 2, width, height};
}

inline double overlap_area(const Box& a, const Box& b) {
  const double w = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const double h = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  return w > 0 && h > 0 ? w * h : 0;
}

/// Intersection over union, 0..1.
inline double iou(const Box& a, const Box& b) {
  const double shared = overlap_area(a, b);
  return shared > 0 ? shared / (a.area() + b.area() - shared) : 0;
}

/// The share of `a` that lies inside `b`, 0..1.
inline double share_inside(const Box& a, const Box& b) {
  return a.area() > 0 ? overlap_area(a, b) / a.area() : 0;
}

inline Box union_of(const Box& a, const Box& b) {
  const double x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

inline double centre_distance(const Box& a, const Box& b) {
  return std::hypot(a.centre_x() - b.centre_x(), a.centre_y() - b.centre_y());
}

}  // namespace heddle::pipeline
