#include "io/formats/genome_page/gene_circle.h"

#include "io/formats/genome_page/circle.h"
#include "io/report/chart.h"
#include "io/report/text.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

using report::Path;
using report::Svg;

constexpr std::size_t kSectors = 360;  // of the rings of GC and skew
constexpr double kGcRing = kRing - 62, kSkewRing = kRing - 122, kHigh = 26;

/// A value for each sector, 0 in the middle of its ring; not a number where no base is known.
using Values = std::vector<double>;

struct Rings {
  Values gc, skew;
};

Rings rings_of(const SequenceNotes& notes) {
  const Bins known = notes.known.coarser(notes.length, kSectors);
  const Bins g = notes.guanine.coarser(notes.length, kSectors);
  const Bins c = notes.cytosine.coarser(notes.length, kSectors);
  Rings rings;
  double sum = 0, bases = 0;
  for (std::size_t i = 0; i < known.sums().size(); ++i) {
    const double guanine = i < g.sums().size() ? g.sums()[i] : 0;
    const double cytosine = i < c.sums().size() ? c.sums()[i] : 0;
    sum += guanine + cytosine;
    bases += known.sums()[i];
    rings.gc.push_back((guanine + cytosine) / known.sums()[i]);
    rings.skew.push_back((guanine - cytosine) / (guanine + cytosine));
  }
  for (double& value : rings.gc) value -= bases > 0 ? sum / bases : 0;
  return rings;
}

/// Outwards where the value is above 0, inwards below, the largest `kHigh` pixels.
void draw_ring(Svg& svg, const Values& values, double radius, int above, int below) {
  double most = 0;
  for (const double value : values) {
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  }
  if (most == 0) return;
  Path out, in;
  const auto count = static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || values[i] == 0) continue;
    const double high = kHigh * values[i] / most;
    add_sector(values[i] > 0 ? out : in,
               std::min(radius, radius + high),
               std::max(radius, radius + high),
               static_cast<double>(i) / count,
               static_cast<double>(i + 1) / count);
  }
  svg.path(out, "f" + std::to_string(above));
  svg.path(in, "f" + std::to_string(below));
}

}  // namespace

Svg gene_circle(const SequenceNotes& notes) {
  Svg svg(2 * kCentre.x,
          2 * kCentre.y,
          {"Genes around " + notes.name,
           report::grouped(notes.genes.count()) + " genes on two rings, GC and GC skew within"});
  const auto length = static_cast<double>(std::max<std::int64_t>(1, notes.length));
  Path strands[2];
  for (const GeneNote& gene : notes.genes.sorted()) {
    const double inner = kRing + (gene.reverse ? -20 : 2);
    add_sector(strands[gene.reverse ? 1 : 0],
               inner,
               inner + 18,
               static_cast<double>(gene.start) / length,
               static_cast<double>(gene.end) / length);
  }
  svg.path(strands[0], "f0");
  svg.path(strands[1], "f1");
  const Rings rings = rings_of(notes);
  draw_ring(svg, rings.gc, kGcRing, 2, 7);
  draw_ring(svg, rings.skew, kSkewRing, 3, 4);
  draw_circle_ticks(svg, length);
  const std::pair<std::string, int> names[] = {{"forward strand", 0},
                                               {"reverse strand", 1},
                                               {"GC above its mean", 2},
                                               {"below", 7},
                                               {"more G than C", 3},
                                               {"more C than G", 4}};
  report::draw_legend(svg, {12, 16}, names);
  return svg;
}

}  // namespace heddle::io
