#include "io/report/share_chart.h"

#include "io/report/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace heddle::io::report {
namespace {

// Pixels.
constexpr double kWidth = 640, kLeft = 86, kRight = 64, kAbove = 38, kBelow = 44;
constexpr double kHead = 22, kBar = 12, kPitch = 17, kGap = 10;
constexpr std::size_t kLongest = 80;  // of a name, characters

/// The end of a long name says more than its beginning.
std::string shortened(const std::string& name) {
  return name.size() <= kLongest ? name : "..." + name.substr(name.size() - kLongest + 3);
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", 100 * share);
  return text;
}

}  // namespace

Svg share_chart(const Alternative& alternative,
                std::span<const std::string> figures,
                std::span<const JudgedShares> rows) {
  const double group = kHead + kPitch * static_cast<double>(figures.size()) + kGap;
  const double bottom = kAbove + group * static_cast<double>(rows.size());
  Svg svg(kWidth, bottom + kBelow, alternative);
  const Scale across{0, 100, kLeft, kWidth - kRight};
  svg.text({kLeft, 20}, alternative.title, "strong");
  draw_horizontal(svg, {across, bottom, bottom - kAbove, 10, false, "percent"});
  double y = kAbove;
  for (const JudgedShares& row : rows) {
    if (row.shares.size() != figures.size()) throw std::logic_error("share_chart: row's width");
    svg.text({kLeft, y + 15}, shortened(row.name));
    y += kHead;
    for (std::size_t i = 0; i < figures.size(); ++i, y += kPitch) {
      const std::string value = percent(row.shares[i]);
      const double end = across(100 * std::clamp(row.shares[i], 0.0, 1.0));
      const bool drawn = std::isfinite(row.shares[i]);
      svg.text({kLeft - 8, y + 10}, figures[i], "faint", Anchor::kEnd);
      if (drawn) {
        svg.rectangle({kLeft, y, end - kLeft, kBar},
                      "f" + std::to_string(i % 8),
                      figures[i] + ", " + row.name + ": " + value);
      }
      svg.text({(drawn ? end : kLeft) + 6, y + 10}, value, "faint");
    }
    y += kGap;
  }
  return svg;
}

}  // namespace heddle::io::report
