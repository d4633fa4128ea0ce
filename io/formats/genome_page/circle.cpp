#include "io/formats/genome_page/circle.h"

#include "io/report/axis.h"
#include "io/report/text.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heddle::io {

using report::Anchor;
using report::Path;
using report::Point;
using report::Svg;

Point on_circle(double radius, double turn) {
  const double angle = 2 * std::numbers::pi * turn;
  return {kCentre.x + radius * std::sin(angle), kCentre.y - radius * std::cos(angle)};
}

void add_sector(Path& path, double inner, double outer, double from, double to) {
  to = std::min(std::max(to, from + 0.0006), from + 0.999);
  const bool large = to - from > 0.5;
  path.move(on_circle(outer, from))
      .arc(outer, large, true, on_circle(outer, to))
      .line(on_circle(inner, to))
      .arc(inner, large, false, on_circle(inner, from))
      .close();
}

void draw_circle_ticks(Svg& svg, double length) {
  for (const double value : report::ticks(0, length, 12)) {
    const double turn = value / length;
    if (turn > 0.985) continue;  // runs into the first
    svg.line(on_circle(kRing + 22, turn), on_circle(kRing + 28, turn), "axis");
    const Point at = on_circle(kRing + 40, turn);
    const double side = std::sin(2 * std::numbers::pi * turn);
    const Anchor anchor = side > 0.3    ? Anchor::kStart
                          : side < -0.3 ? Anchor::kEnd
                                        : Anchor::kMiddle;
    svg.text({at.x, at.y + 4}, report::bases_text(value, length), "faint", anchor);
  }
  Path ring;
  ring.move(on_circle(kRing + 22, 0))
      .arc(kRing + 22, true, true, on_circle(kRing + 22, 0.5))
      .arc(kRing + 22, true, true, on_circle(kRing + 22, 0));
  svg.path(ring, "axis");
}

}  // namespace heddle::io
