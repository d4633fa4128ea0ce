#include "pipeline/associations/sort_filter.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

// Variances, in pixels squared (of the area: to the fourth).
constexpr double kFirst = 10, kFirstVelocity = 10'000;
constexpr double kDrift = 1, kVelocityDrift = 0.01, kAreaVelocityDrift = 0.0001;
constexpr double kCentreNoise = 1, kShapeNoise = 10;

}  // namespace

SortFilter::SortFilter(const Box& box)
    : x_{box.centre_x(), 0, kFirst, 0, kFirstVelocity},
      y_{box.centre_y(), 0, kFirst, 0, kFirstVelocity},
      area_{box.area(), 0, kFirst, 0, kFirstVelocity},
      aspect_{box.width / box.height, 0, kFirst, 0, 0} {}

void SortFilter::predict() {
  if (area_.position + area_.velocity <= 0) area_.velocity = 0;
  x_.predict(kDrift, kVelocityDrift);
  y_.predict(kDrift, kVelocityDrift);
  area_.predict(kDrift, kAreaVelocityDrift);
  aspect_.predict(kDrift, 0);
}

void SortFilter::correct(const Box& measured) {
  x_.correct(measured.centre_x(), kCentreNoise);
  y_.correct(measured.centre_y(), kCentreNoise);
  area_.correct(measured.area(), kShapeNoise);
  aspect_.correct(measured.width / measured.height, kShapeNoise);
}

Box SortFilter::box() const {
  const double width = std::sqrt(std::max(0.0, area_.position * aspect_.position));
  const double height = width > 0 ? area_.position / width : 0;
  return centred_box(x_.position, y_.position, width, height);
}

}  // namespace heddle::pipeline
