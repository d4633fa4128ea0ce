#include "pipeline/associations/whole_box.h"

#include <cmath>

namespace heddle::pipeline {
namespace {

/// Of a box's side: how far from the border the edge of a cut box may be, since detectors err by 3
/// to 8 % of it.
constexpr double kSlack = 0.1;

/// To the expected length, where it was expected to reach beyond the border: what comes in or
/// stands there was expected inside.
void lengthen(double& from, double& length, double expected_from, double expected, double end) {
  const double near = kSlack * length;
  const double hidden = expected - length;
  if (end <= 0 || hidden <= 0) return;
  const bool first = expected_from < 0 && std::abs(from) <= near;
  const bool last = expected_from + expected > end && std::abs(from + length - end) <= near;
  if (first == last) return;
  if (first) from -= hidden;
  length += hidden;
}

}  // namespace

Box whole_box(const Box& seen, const Box& expected, int width, int height) {
  Box whole = seen;
  lengthen(whole.x, whole.width, expected.x, expected.width, width);
  lengthen(whole.y, whole.height, expected.y, expected.height, height);
  return whole;
}

}  // namespace heddle::pipeline
