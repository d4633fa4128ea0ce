#include "io/report/chart.h"

#include "io/report/axis.h"
#include "io/report/text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace heddle::io::report {
namespace {

constexpr double kLeft = 72, kRight = 14, kBelow = 44;

std::string coloured(char kind, int colour) { return kind + std::to_string(colour); }

/// One line, broken where a point is not finite.
void draw_series(Svg& svg, const Series& series, const Scale& x, const Scale& y) {
  std::vector<Point> run;
  const auto flush = [&] {
    svg.polyline(run, coloured('s', series.colour));
    run.clear();
  };
  for (const Point& point : series.points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      flush();
    } else {
      run.push_back({x(std::clamp(point.x, x.low, x.high)), y(std::clamp(point.y, y.low, y.high))});
    }
  }
  flush();
}

}  // namespace

void draw_legend(Svg& svg, Point at, std::span<const std::pair<std::string, int>> entries) {
  for (const auto& [name, colour] : entries) {
    svg.rectangle({at.x, at.y - 9, 10, 10}, coloured('f', colour));
    svg.text({at.x + 15, at.y}, name);
    at.x += 15 + 7.2 * static_cast<double>(name.size()) + 18;
  }
}

Svg line_chart(const ChartWords& words, std::span<const Series> series, Range x, Range y) {
  const bool legend = series.size() > 1;
  const double above = legend ? 28 : 12, width = 1080, height = 172 + above;
  Svg svg(width, height, words.alternative);
  const Scale across{x.low, x.high, kLeft, width - kRight};
  const Scale up{y.low, y.high, height - kBelow, above};
  draw_upright(svg, {up, kLeft, across.end - kLeft, 5, false, words.y});
  draw_horizontal(svg, {across, height - kBelow, 0, 10, words.bases, words.x});
  std::vector<std::pair<std::string, int>> names;
  for (const Series& one : series) {
    draw_series(svg, one, across, up);
    names.emplace_back(one.name, one.colour);
  }
  if (legend) draw_legend(svg, {kLeft, 16}, names);
  return svg;
}

Svg histogram_chart(const ChartWords& words, const Histogram& histogram) {
  constexpr double kWidth = 640, kHeight = 240, kAbove = 12;
  Svg svg(kWidth, kHeight, words.alternative);
  const auto most = histogram.counts.empty() ? 0 : *std::ranges::max_element(histogram.counts);
  const double bars = std::max<double>(1, static_cast<double>(histogram.counts.size()));
  const Scale across{histogram.low, histogram.low + bars * histogram.width, kLeft, kWidth - kRight};
  const Scale up{0, rounded_up(static_cast<double>(most), 5), kHeight - kBelow, kAbove};
  draw_upright(svg, {up, kLeft, across.end - kLeft, 5, false, words.y});
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const std::int64_t count = histogram.counts[i];
    if (count == 0) continue;
    const double from = histogram.low + static_cast<double>(i) * histogram.width;
    const double x = across(from), y = up(static_cast<double>(count));
    const double wide = across(from + histogram.width) - x;
    svg.rectangle({x + 0.5, y, std::max(0.5, wide - 1), up.begin - y},
                  coloured('f', histogram.colour),
                  value_text(from, histogram.width) + " to " +
                      value_text(from + histogram.width, histogram.width) + ": " + grouped(count));
  }
  draw_horizontal(svg, {across, kHeight - kBelow, 0, 8, words.bases, words.x});
  return svg;
}

}  // namespace heddle::io::report
