#include "pipeline/occlusion_suite/shape.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {

Shape Shape::blob(ClipDraws& draws) {
  constexpr std::array<double, 5> kSizes = {0.06, 0.12, 0.09, 0.06, 0.04};
  Shape shape;
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    shape.bumps_[i] = draws.normal() * kSizes[i];
    shape.phases_[i] = draws.angle();
  }
  return shape;
}

Shape Shape::rounded(double power) {
  Shape shape;
  shape.power_ = power;
  return shape;
}

double Shape::radius(double angle) const {
  if (power_ > 0) {
    const double sum =
        std::pow(std::abs(std::cos(angle)), power_) + std::pow(std::abs(std::sin(angle)), power_);
    return std::pow(sum, -1 / power_);
  }
  double radius = 1;
  for (std::size_t i = 0; i < bumps_.size(); ++i) {
    radius += bumps_[i] * std::cos(static_cast<double>(i + 1) * angle + phases_[i]);
  }
  return std::clamp(radius, 0.5, 1.5);
}

Pose::Point Pose::inside(double frame_x, double frame_y) const {
  const double c = std::cos(angle), s = std::sin(angle);
  const double dx = frame_x - x, dy = frame_y - y;
  return {(dx * c + dy * s) / half_x, (dy * c - dx * s) / half_y};
}

Pose::Point Pose::outside(const Point& point) const {
  const double c = std::cos(angle), s = std::sin(angle);
  const double dx = point.x * half_x, dy = point.y * half_y;
  return {x + dx * c - dy * s, y + dx * s + dy * c};
}

Box bounds(const Shape& shape, const Pose& pose) {
  constexpr int kPoints = 360;
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (int i = 0; i < kPoints; ++i) {
    const double angle = 2 * std::numbers::pi * i / kPoints;
    const double r = shape.radius(angle);
    const Pose::Point p = pose.outside({r * std::cos(angle), r * std::sin(angle)});
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  return {left, top, right - left, bottom - top};
}

double depth(const Shape& shape, const Pose& pose, const Pose::Point& own) {
  const double r = shape.radius(std::atan2(own.y, own.x)) - std::hypot(own.x, own.y);
  return r * std::min(pose.half_x, pose.half_y);
}

}  // namespace heddle::pipeline
