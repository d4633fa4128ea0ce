#include "io/formats/genome_page/repeat_drawings.h"

#include "io/formats/genome_page/circle.h"
#include "io/formats/genome_page/page_parts.h"
#include "io/report/axis.h"
#include "io/report/chart.h"
#include "io/report/text.h"

#include <algorithm>
#include <span>
#include <utility>

namespace heddle::io {
namespace {

using report::Anchor;
using report::Path;
using report::Point;
using report::Scale;
using report::Svg;

constexpr std::size_t kTitled = 250;  // pairs that say what they are under the pointer
constexpr std::size_t kColoured = 7;  // families; the others are grey, the last colour
constexpr std::size_t kChords = 150;
constexpr double kLeft = 72, kWidth = 1080, kRight = 14;

std::string words_of(const PairNote& pair) {
  return place_text(pair.first, pair.first_end) + " and " +
         place_text(pair.second, pair.second_end) +
         (pair.inverted ? ", inverted, " : ", direct, ") + report::number(100 * pair.identity, 1) +
         " %";
}

/// Both mirror images of a pair; a point's worth of length is added to short ones.
void add_pair(Path& path, const PairNote& pair, const Scale& x, const Scale& y) {
  const auto at = [](std::int64_t position) { return static_cast<double>(position); };
  const double from = at(pair.first), to = at(pair.first_end);
  const double start = at(pair.inverted ? pair.second_end : pair.second);
  const double stop = at(pair.inverted ? pair.second : pair.second_end);
  path.move({x(from), y(start)}).line({x(to), y(stop)});
  path.move({x(start), y(from)}).line({x(stop), y(to)});
}

/// The colour of each family: its place among the largest.
class Colours {
 public:
  explicit Colours(const SequenceNotes& notes) : largest_(largest_families(notes, kColoured)) {}
  int of(const std::string& family) const {
    return static_cast<int>(std::ranges::find(largest_, family) - largest_.begin());
  }
  std::vector<std::pair<std::string, int>> legend(bool more) const {
    std::vector<std::pair<std::string, int>> names;
    for (std::size_t i = 0; i < largest_.size(); ++i) {
      names.emplace_back(largest_[i], static_cast<int>(i));
    }
    if (more) names.emplace_back("other families", static_cast<int>(kColoured));
    return names;
  }

 private:
  std::vector<std::string> largest_;
};

/// Bars of the share of each window that is covered.
void draw_shares(Svg& svg, const Bins& sums, const Scale& x, double base, const char* classes) {
  constexpr double kHigh = 40;
  const auto length = static_cast<std::int64_t>(x.high);
  const Bins bins = sums.coarser(length, 500);
  Path path;
  for (std::size_t i = 0; i < bins.sums().size(); ++i) {
    if (bins.sums()[i] <= 0) continue;
    const std::int64_t from = static_cast<std::int64_t>(i) * bins.width();
    const std::int64_t to = std::min(length, from + bins.width());
    const double share = std::min(1.0, bins.sums()[i] / static_cast<double>(to - from));
    const double left = x(static_cast<double>(from));
    const double high = std::max(0.5, kHigh * share);
    path.box({left, base - high, std::max(0.6, x(static_cast<double>(to)) - left), high});
  }
  svg.path(path, classes);
  svg.line({x.begin, base}, {x.end, base}, "axis");
}

}  // namespace

std::vector<std::string> largest_families(const SequenceNotes& notes, std::size_t most) {
  std::vector<std::pair<std::int64_t, std::string>> all;
  for (const auto& [name, family] : notes.families) all.emplace_back(-family.bases, name);
  const std::size_t count = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::move(all[i].second));
  return names;
}

Svg dot_plot(const SequenceNotes& notes) {
  constexpr double kSide = 640, kTop = 30;
  Svg svg(kLeft + kSide + 24,
          kTop + kSide + 48,
          {"Dot plot of " + notes.name,
           report::grouped(notes.pairs.count()) + " pairs of copies, " +
               report::grouped(notes.inverted_pairs) + " of them inverted"});
  const auto length = static_cast<double>(std::max<std::int64_t>(1, notes.length));
  const Scale x{0, length, kLeft, kLeft + kSide}, y{0, length, kTop + kSide, kTop};
  const std::string title = notes.name.size() > 60 ? notes.name.substr(0, 57) + "..." : notes.name;
  draw_horizontal(svg, {x, kTop + kSide, kSide, 8, true, title});
  draw_upright(svg, {y, kLeft, kSide, 8, true, ""});
  svg.line({x(0), y(0)}, {x(length), y(length)}, "axis");
  const std::pair<std::string, int> names[] = {{"direct", 0}, {"inverted", 1}};
  report::draw_legend(svg, {kLeft, 18}, names);
  std::vector<PairNote> pairs = notes.pairs.sorted();
  const std::size_t titled = std::min(kTitled, pairs.size());
  Path many[2];
  for (const PairNote& pair : std::span(pairs).subspan(titled)) {
    add_pair(many[pair.inverted ? 1 : 0], pair, x, y);
  }
  svg.path(many[0], "s0 dots");
  svg.path(many[1], "s1 dots");
  for (std::size_t i = titled; i-- > 0;) {  // the longest on top
    Path path;
    add_pair(path, pairs[i], x, y);
    svg.path(path, pairs[i].inverted ? "s1 dots" : "s0 dots", words_of(pairs[i]));
  }
  return svg;
}

Svg repeat_map(const SequenceNotes& notes) {
  Svg svg(kWidth,
          236,
          {"Repeats along " + notes.name,
           report::grouped(notes.copies.count()) + " copies of " +
               report::grouped(static_cast<std::int64_t>(notes.families.size())) +
               " families and " + report::grouped(notes.arrays.count()) + " tandem arrays"});
  const auto length = static_cast<double>(std::max<std::int64_t>(1, notes.length));
  const Scale x{0, length, kLeft, kWidth - kRight};
  const Colours colours(notes);
  report::draw_legend(svg, {kLeft, 16}, colours.legend(notes.families.size() > kColoured));
  Path paths[kColoured + 1];
  for (const CopyNote& copy : notes.copies.sorted()) {
    const double left = x(static_cast<double>(copy.start));
    const double right = x(static_cast<double>(std::min(copy.end, notes.length)));
    paths[colours.of(copy.family)].box({left, 32, std::max(0.8, right - left), 26});
  }
  for (std::size_t i = kColoured + 1; i-- > 0;) svg.path(paths[i], "f" + std::to_string(i));
  svg.line({x.begin, 58}, {x.end, 58}, "axis");
  draw_shares(svg, notes.copied, x, 118, "f0");
  draw_shares(svg, notes.arrayed, x, 178, "f2");
  for (const auto& [name, at] :
       {std::pair("copies", 50.0), {"in copies", 110.0}, {"in arrays", 170.0}}) {
    svg.text({kLeft - 8, at}, name, "faint", Anchor::kEnd);
  }
  draw_horizontal(svg, {x, 196, 0, 10, true, ""});
  return svg;
}

Svg repeat_circle(const SequenceNotes& notes) {
  Svg svg(
      2 * kCentre.x,
      2 * kCentre.y,
      {"Repeats around " + notes.name, "Copies, arrays, and chords between copies of long pairs"});
  const auto length = static_cast<double>(std::max<std::int64_t>(1, notes.length));
  const auto turn = [&](std::int64_t at) { return static_cast<double>(at) / length; };
  Path chords[2];
  std::vector<PairNote> pairs = notes.pairs.sorted();
  if (pairs.size() > kChords) pairs.resize(kChords);
  for (const PairNote& pair : pairs) {
    const Point a = on_circle(kRing - 22, turn((pair.first + pair.first_end) / 2));
    const Point b = on_circle(kRing - 22, turn((pair.second + pair.second_end) / 2));
    chords[pair.inverted ? 1 : 0].move(a).curve(kCentre, b);
  }
  svg.path(chords[0], "s0 thin");
  svg.path(chords[1], "s1 thin");
  const Colours colours(notes);
  Path rings[kColoured + 1], arrays;
  for (const CopyNote& copy : notes.copies.sorted()) {
    add_sector(rings[colours.of(copy.family)], kRing, kRing + 20, turn(copy.start), turn(copy.end));
  }
  for (const ArrayNote& array : notes.arrays.sorted()) {
    add_sector(arrays, kRing - 18, kRing - 4, turn(array.start), turn(array.end));
  }
  for (std::size_t i = kColoured + 1; i-- > 0;) svg.path(rings[i], "f" + std::to_string(i));
  svg.path(arrays, "f2");
  draw_circle_ticks(svg, length);
  const std::pair<std::string, int> names[] = {{"direct", 0}, {"inverted", 1}};
  report::draw_legend(svg, {12, 16}, names);
  return svg;
}

}  // namespace heddle::io
