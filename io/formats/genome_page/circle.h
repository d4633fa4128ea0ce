#pragma once
// Places on the circle of a circular sequence: a turn is a share of it, clockwise from the top.

#include "io/report/svg.h"

namespace heddle::io {

inline constexpr report::Point kCentre{380, 320};  // beside the ring there is room for a label
inline constexpr double kRing = 250;               // radius of the outer ring's inner edge

report::Point on_circle(double radius, double turn);
/// A piece of a ring between two turns, at least a hair wide.
void add_sector(report::Path& path, double inner, double outer, double from, double to);
/// The outermost circle with its scale in bases, outside all that is drawn.
void draw_circle_ticks(report::Svg& svg, double length);

}  // namespace heddle::io
