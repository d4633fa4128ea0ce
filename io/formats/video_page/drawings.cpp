#include "io/formats/video_page/drawings.h"

#include "io/report/axis.h"
#include "io/report/chart.h"
#include "io/report/style.h"
#include "io/report/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace heddle::io {
namespace {

using report::Anchor;
using report::Svg;

constexpr double kWidth = 1080;
constexpr double kNames = 130;  // pixels left of the bars
constexpr double kRow = 16, kBar = 10, kThin = 2;
constexpr double kTop = 8, kAxisRoom = 44;

std::string colour(char kind, std::int64_t id) {
  // Grey, the last of the colours, is for what is away.
  return kind + std::to_string(id % (report::kColourCount - 1));
}

std::string span_title(const Identity& identity, const IdentitySpan& span) {
  return name_of(identity) + (span.seen ? ": seen from " : ": away from ") + clock_text(span.from) +
         " to " + clock_text(span.to);
}

void draw_bar(Svg& svg, const Identity& identity, const report::Scale& scale, double y) {
  for (const IdentitySpan& span : identity.spans) {
    const double from = scale(span.from), to = std::max(scale(span.to), from + 1);
    const double height = span.seen ? kBar : kThin;
    svg.rectangle({from, y + (kRow - height) / 2, to - from, height},
                  span.seen ? colour('f', identity.id) : "f7",
                  span_title(identity, span));
  }
}

/// Pixels that look about as large in the page, whatever the video's size.
struct Still {
  double scale = 1;
  report::Point at(const PathPoint& point) const { return {point.x * scale, point.y * scale}; }
};

/// Places for the names of paths: beside the paths' ends, off the names that have theirs.
class NamePlaces {
 public:
  struct Place {
    report::Point at;
    Anchor anchor;
  };

  /// The nearest free one; where all are taken, beside the end all the same.
  Place take(const report::Point& end, std::size_t letters) {
    constexpr double kLetter = 8;
    const double width = kLetter * static_cast<double>(letters);
    for (const double line : {0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0}) {
      for (const bool right : {true, false}) {
        const double from = right ? end.x + kAside : end.x - kAside - width;
        const report::Box box{from, end.y + kDown + line * kLine, width, kLine};
        if (is_free(box)) return keep(box, right);
      }
    }
    const bool right = end.x + kAside + width < kWidth;
    return keep({right ? end.x + kAside : end.x - kAside - width, end.y + kDown, width, kLine},
                right);
  }

 private:
  static constexpr double kLine = 15;  // a line's height
  static constexpr double kAside = 6, kDown = 4;

  bool is_free(const report::Box& box) const {
    if (box.x < 0 || box.x + box.width > kWidth) return false;
    return std::none_of(taken_.begin(), taken_.end(), [&](const report::Box& other) {
      return box.x < other.x + other.width && other.x < box.x + box.width &&
             std::abs(box.y - other.y) < kLine;
    });
  }

  Place keep(const report::Box& box, bool right) {
    taken_.push_back(box);
    return {{right ? box.x : box.x + box.width, box.y}, right ? Anchor::kStart : Anchor::kEnd};
  }

  std::vector<report::Box> taken_;
};

void draw_path(Svg& svg, const Identity& identity, const Still& still) {
  std::vector<report::Point> points;
  const auto draw = [&] {
    if (points.size() > 1) svg.polyline(points, colour('s', identity.id) + " bold");
    points.clear();
  };
  for (const PathPoint& point : identity.path) {
    if (point.begins) draw();
    points.push_back(still.at(point));
  }
  draw();
  if (identity.path.empty()) return;
  const report::Point end = still.at(identity.path.back());
  svg.circle(end, 3.5, colour('f', identity.id), name_of(identity));
}

void draw_name(Svg& svg, const Identity& identity, const Still& still, NamePlaces& places) {
  if (identity.path.empty()) return;
  const std::string name = name_of(identity);
  const NamePlaces::Place place = places.take(still.at(identity.path.back()), name.size());
  svg.text(place.at, name, "tag", place.anchor);
}

/// As high as the row, small crops enlarged, but no wider than `most`.
report::Box fitted(const Picture& picture, double x, double most) {
  const double scale =
      std::min(static_cast<double>(ReturnGallery::kSide) / picture.height, most / picture.width);
  return {x, 0, picture.width * scale, picture.height * scale};
}

}  // namespace

TimeUnit::TimeUnit(double seconds) {
  if (seconds > 4 * 3600) {
    size = 3600;
    name = "hours";
  } else if (seconds > 300) {
    size = 60;
    name = "minutes";
  }
}

std::string clock_text(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  if (seconds < 60) return report::number(seconds, 1) + " s";
  const auto whole = static_cast<long long>(seconds);
  char text[48];
  if (whole >= 3600) {
    std::snprintf(
        text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

std::string name_of(const Identity& identity) { return identity_name(identity.id, identity.label); }

report::Svg draw_timeline(std::span<const Identity> identities, const TimeSpan& span) {
  const double rows = kRow * static_cast<double>(identities.size());
  Svg svg(kWidth,
          kTop + rows + kAxisRoom,
          {"Identities over time", "One bar an identity, thin where it was away"});
  const TimeUnit unit(span.last);
  report::Axis axis;
  axis.scale = {unit.of(span.first), unit.of(span.last), kNames, kWidth - 12};
  axis.at = kTop + rows;
  axis.grid = kTop;
  axis.title = unit.name;
  draw_horizontal(svg, axis);
  const report::Scale scale{span.first, span.last, kNames, kWidth - 12};
  double y = kTop;
  for (const Identity& identity : identities) {
    svg.text({kNames - 8, y + kRow / 2 + 4}, name_of(identity), "label", Anchor::kEnd);
    draw_bar(svg, identity, scale, y);
    y += kRow;
  }
  return svg;
}

report::Svg draw_counts(const CountCurve& curve, const TimeSpan& span) {
  const TimeUnit unit(span.last);
  report::Series mean{"mean", {}, 0}, most{"most", {}, 1};
  double highest = 1;
  for (std::size_t i = 0; i < curve.bins().size(); ++i) {
    const CountCurve::Bin& bin = curve.bins()[i];
    if (bin.frames == 0) continue;
    const double at = unit.of(span.first + (static_cast<double>(i) + 0.5) * curve.bin_seconds());
    mean.points.push_back({at, bin.mean()});
    most.points.push_back({at, static_cast<double>(bin.most)});
    highest = std::max(highest, static_cast<double>(bin.most));
  }
  const report::Series both[] = {mean, most};
  return line_chart(
      {{"Objects in view", "How many objects are in view over time"}, unit.name, "objects in view"},
      both,
      {unit.of(span.first), std::max(unit.of(span.last), unit.of(span.first) + 1e-9)},
      {0, report::rounded_up(highest, 5)});
}

report::Svg draw_trails(const Picture& still,
                        int width,
                        int height,
                        std::span<const Identity> identities) {
  const Still shown{kWidth / std::max(width, 1)};
  Svg svg(kWidth,
          height * shown.scale,
          {"Paths", "The paths of the identities over a frame of the video"});
  svg.image({0, 0, svg.width(), svg.height()}, "image/jpeg", jpeg_of(still));
  for (const Identity& identity : identities) draw_path(svg, identity, shown);
  NamePlaces places;
  for (const Identity& identity : identities) draw_name(svg, identity, shown, places);
  return svg;
}

report::Svg draw_returns(std::span<const ReturnGallery::Entry> entries) {
  constexpr int kColumns = 4;
  constexpr double kCell = kWidth / kColumns, kHeight = ReturnGallery::kSide + 44, kGap = 4;
  const auto rows = static_cast<double>((entries.size() + kColumns - 1) / kColumns);
  Svg svg(
      kWidth,
      rows * kHeight,
      {"Before and after", "Crops of identities before they went away and when they came back"});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ReturnGallery::Entry& entry = entries[i];
    svg.enter(
        {static_cast<double>(i % kColumns) * kCell, static_cast<double>(i / kColumns) * kHeight});
    double x = 0;
    for (const Picture* picture : {&entry.before, &entry.after}) {
      const report::Box box = fitted(*picture, x, (kCell - 3 * kGap) / 2);
      svg.image(box, "image/jpeg", jpeg_of(*picture));
      x += box.width + kGap;
    }
    svg.text({0, ReturnGallery::kSide + 14},
             entry.what.name + ", away " + clock_text(entry.what.back - entry.what.left));
    svg.text({0, ReturnGallery::kSide + 29}, "back at " + clock_text(entry.what.back), "faint");
    svg.leave();
  }
  return svg;
}

}  // namespace heddle::io
