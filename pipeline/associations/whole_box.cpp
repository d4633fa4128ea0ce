#include "pipeline/associations/whole_box.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

/// Of a box's side: how far from the border the edge of a cut box may be, since detectors err by 3
/// to 8 % of it.
constexpr double kSlack = 0.1;

struct Range {
  double from = 0, length = 0;

  double end() const { return from + length; }
};

/// To the expected length, where it was expected to reach beyond the border: what comes in or
/// stands there was expected inside.
void lengthen(double& from, double& length, const Range& expected, double end, double least) {
  const double near = kSlack * length;
  const double hidden = expected.length - length;
  if (end <= 0 || hidden <= least * expected.length) return;
  const bool first = expected.from < 0 && std::abs(from) <= near;
  const bool last = expected.end() > end && std::abs(from + length - end) <= near;
  if (first == last) return;
  if (first) from -= hidden;
  length += hidden;
}

}  // namespace

Box whole_box(const Box& seen, const Box& expected, int width, int height, double least) {
  Box whole = seen;
  lengthen(whole.x, whole.width, {expected.x, expected.width}, width, least);
  lengthen(whole.y, whole.height, {expected.y, expected.height}, height, least);
  return whole;
}

Box visible_part(const Box& box, int width, int height) {
  const double x = std::max(box.x, 0.0), y = std::max(box.y, 0.0);
  const double right = std::min<double>(box.right(), width);
  const double bottom = std::min<double>(box.bottom(), height);
  return {x, y, std::max(right - x, 0.0), std::max(bottom - y, 0.0)};
}

}  // namespace heddle::pipeline
