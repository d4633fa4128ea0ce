#pragma once
// The motion model of SORT, which OC-SORT keeps: centre, area and aspect ratio of a box in pixels,
// all but the last with a velocity (Bewley et al. 2016, arXiv:1602.00763, with its program's
// noises). A value.

#include "pipeline/associations/constant_velocity.h"
#include "pipeline/box.h"

namespace heddle::pipeline {

class SortFilter {
 public:
  SortFilter() = default;  // for a snapshot
  explicit SortFilter(const Box& box);
  void predict();  // one frame on
  void correct(const Box& measured);
  Box box() const;

 private:
  ConstantVelocity x_, y_, area_, aspect_;
};

}  // namespace heddle::pipeline
