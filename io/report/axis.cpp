#include "io/report/axis.h"

#include "io/report/text.h"

#include <algorithm>
#include <cmath>

namespace heddle::io::report {
namespace {

constexpr double kTick = 4;       // pixels
constexpr int kMostTicks = 1000;  // whatever the numbers are

std::string label_of(const Axis& axis, double value) {
  if (axis.bases) return bases_text(value, axis.scale.high);
  return value_text(value, step_of(axis.scale.low, axis.scale.high, axis.most));
}

}  // namespace

double step_of(double low, double high, int most) {
  const double range = std::abs(high - low);
  if (!std::isfinite(range) || range <= 0 || most < 1) return 1;
  const double least = range / most;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power >= least * (1 - 1e-9)) return times * power;
  }
  return 10 * power;
}

std::vector<double> ticks(double low, double high, int most) {
  const double step = step_of(low, high, most);
  std::vector<double> made;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i <= kMostTicks; ++i) {
    const double value = (first + i) * step;
    if (value > high + step * 1e-9) break;
    made.push_back(value);
  }
  return made;
}

double rounded_up(double high, int most) {
  const double step = step_of(0, high, most);
  return std::max(step, std::ceil(high / step - 1e-9) * step);
}

std::string bases_text(double bases, double high) {
  if (high >= 1e6) return number(bases / 1e6, 4) + " Mb";
  if (high >= 1e3) return number(bases / 1e3, 4) + " kb";
  return number(bases, 0) + " b";
}

std::string value_text(double value, double step) {
  const double decimals = step > 0 && step < 1 ? std::ceil(-std::log10(step) - 1e-9) : 0;
  const double magnitude = std::abs(value);
  if (decimals == 0 && magnitude >= 1e4 && magnitude < 1e15) {
    return grouped(static_cast<std::int64_t>(std::llround(value)));
  }
  return number(value, static_cast<int>(std::min(decimals, 12.0)));
}

void draw_horizontal(Svg& svg, const Axis& axis) {
  svg.line({axis.scale.begin, axis.at}, {axis.scale.end, axis.at}, "axis");
  for (const double value : ticks(axis.scale.low, axis.scale.high, axis.most)) {
    const double x = axis.scale(value);
    if (axis.grid != 0) svg.line({x, axis.at}, {x, axis.at - axis.grid}, "grid");
    svg.line({x, axis.at}, {x, axis.at + kTick}, "axis");
    svg.text({x, axis.at + 17}, label_of(axis, value), "faint", Anchor::kMiddle);
  }
  const double middle = (axis.scale.begin + axis.scale.end) / 2;
  if (!axis.title.empty()) {
    svg.text({middle, axis.at + 34}, axis.title, "label", Anchor::kMiddle);
  }
}

void draw_upright(Svg& svg, const Axis& axis) {
  svg.line({axis.at, axis.scale.begin}, {axis.at, axis.scale.end}, "axis");
  for (const double value : ticks(axis.scale.low, axis.scale.high, axis.most)) {
    const double y = axis.scale(value);
    if (axis.grid != 0) svg.line({axis.at, y}, {axis.at + axis.grid, y}, "grid");
    svg.line({axis.at - kTick, y}, {axis.at, y}, "axis");
    svg.text({axis.at - 7, y + 4}, label_of(axis, value), "faint", Anchor::kEnd);
  }
  const double middle = (axis.scale.begin + axis.scale.end) / 2;
  if (!axis.title.empty()) svg.upright({axis.at - 54, middle}, axis.title);
}

}  // namespace heddle::io::report
