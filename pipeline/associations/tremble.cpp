#include "pipeline/associations/tremble.h"

#include <cmath>

namespace heddle::pipeline {

std::optional<double> Tremble::add(const Box& box) {
  if (run_ == 0) {
    width_ = box.width;
    height_ = box.height;
  }
  const Values now = {
      box.centre_x() / width_, box.centre_y() / height_, std::log(box.width), std::log(box.height)};
  ++run_;
  double sum = 0;
  for (int i = 0; i < kQuantities; ++i) {
    const double change = now[i] - last_[i], bend = change - change_[i];
    sum -= bend * bend_[i];
    last_[i] = now[i];
    change_[i] = change;
    bend_[i] = bend;
  }
  constexpr int kEnough = 4;      // frames: the first difference of differences with a neighbour
  constexpr double kShareOf = 4;  // what white noise gives, in variances
  if (run_ < kEnough) return std::nullopt;
  return sum / (kShareOf * kQuantities);
}

}  // namespace heddle::pipeline
