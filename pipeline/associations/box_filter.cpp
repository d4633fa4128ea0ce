#include "pipeline/associations/box_filter.h"

#include <cmath>

namespace heddle::pipeline {
namespace {

// Shares of the object's scale, a frame.
constexpr double kMeasurement = 0.06;
constexpr double kAcceleration = 0.06;
constexpr double kFirstVelocity = 0.25;

double square(double x) { return x * x; }

}  // namespace

BoxFilter::BoxFilter(const Box& box) : width_(box.width), height_(box.height) { place(box); }

void BoxFilter::place(const Box& box) {
  width_ = box.width;
  height_ = box.height;
  const double noise = square(kMeasurement * box.scale());
  const double speed = square(kFirstVelocity * box.scale());
  x_ = {box.centre_x(), 0, noise, 0, speed};
  y_ = {box.centre_y(), 0, noise, 0, speed};
}

void BoxFilter::predict() {
  const double q = square(kAcceleration * std::sqrt(width_ * height_));
  for (ConstantVelocity* axis : {&x_, &y_}) axis->predict(q / 4, q, q / 2);  // white acceleration
}

void BoxFilter::correct(const Box& measured, double size_gain) {
  const double noise = square(kMeasurement * std::sqrt(width_ * height_));
  x_.correct(measured.centre_x(), noise);
  y_.correct(measured.centre_y(), noise);
  width_ += size_gain * (measured.width - width_);
  height_ += size_gain * (measured.height - height_);
}

void BoxFilter::damp(double factor) {
  x_.velocity *= factor;
  y_.velocity *= factor;
}

}  // namespace heddle::pipeline
