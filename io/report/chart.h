#pragma once
// The two charts that reports draw again and again: lines over a common axis, and counts by class.
//
// 1080 x 200 pixels and 520 x 240 by default, legend above the plot where there is more than one
// line. Threads: one caller.

#include "io/report/svg.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::io::report {

struct ChartWords {
  Alternative alternative;
  std::string x, y;    // titles of the axes
  bool bases = false;  // x counts bases
};

struct Series {
  std::string name;
  std::vector<Point> points;  // in values, ascending x; one that is not finite breaks the line
  int colour = 0;
};

struct Range {
  double low = 0, high = 1;
};

/// Lines over x and y of the given ranges, cut to them.
Svg line_chart(const ChartWords& words, std::span<const Series> series, Range x, Range y);

/// Bars from 0: bar i counts values from low + i * width on.
struct Histogram {
  double low = 0, width = 1;
  std::vector<std::int64_t> counts;
  int colour = 0;
};
Svg histogram_chart(const ChartWords& words, const Histogram& histogram);

/// Names beside squares of their colours, in one line from `at` on.
void draw_legend(Svg& svg, Point at, std::span<const std::pair<std::string, int>> entries);

}  // namespace heddle::io::report
