#pragma once
// Values to pixels, and the rulers that say which.

#include "io/report/svg.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io::report {

/// low .. high of values lies at begin .. end of pixels, either way round. An empty range maps to
/// `begin`.
struct Scale {
  double low = 0, high = 1;
  double begin = 0, end = 1;

  double operator()(double value) const {
    return high == low ? begin : begin + (value - low) / (high - low) * (end - begin);
  }
};

/// 1, 2 or 5 times a power of ten, so that `low` .. `high` has at most `most` steps.
double step_of(double low, double high, int most);
/// The multiples of step_of() within low .. high.
std::vector<double> ticks(double low, double high, int most);
/// The step's multiple at or above: the end of a rounded axis.
double rounded_up(double high, int most);

/// Positions in one unit for all: "0.5 Mb", "1 Mb"; the unit fits `high`.
std::string bases_text(double bases, double high);
/// A plain number of as many decimals as `step` needs.
std::string value_text(double value, double step);

struct Axis {
  Scale scale;         // of pixels along the axis
  double at = 0;       // where it lies: y of a horizontal one, x of an upright one
  double grid = 0;     // how far its grid lines reach, to the other side of the plot; 0: none
  int most = 8;        // ticks
  bool bases = false;  // labels in b, kb, Mb; else plain numbers
  std::string title;
};

/// Labels below.
void draw_horizontal(Svg& svg, const Axis& axis);
/// Labels to the left.
void draw_upright(Svg& svg, const Axis& axis);

}  // namespace heddle::io::report
