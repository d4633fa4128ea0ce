#pragma once
// Where a box goes next: a constant-velocity Kalman filter an axis of the centre, and
// a smoothed size. Noise scales with the object's size, as its detections' jitter does.

#include "pipeline/associations/constant_velocity.h"
#include "pipeline/box.h"

namespace heddle::pipeline {

class BoxFilter {
 public:
  explicit BoxFilter(const Box& box);

  void predict();  // one frame on
  void correct(const Box& measured, double size_gain);
  void place(const Box& box);  // found again elsewhere: position and size anew, standing still
  void damp(double factor);    // velocity fades while nothing is seen

  Box box() const { return centred_box(x_.position, y_.position, width_, height_); }
  double velocity_x() const { return x_.velocity; }

 private:
  ConstantVelocity x_, y_;
  double width_, height_;
};

}  // namespace heddle::pipeline
