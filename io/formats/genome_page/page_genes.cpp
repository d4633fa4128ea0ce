// Genes: sums, histograms, maps of both strands, density, GC and skew.
#include "io/formats/genome_page/gene_circle.h"
#include "io/formats/genome_page/page_parts.h"
#include "io/report/axis.h"
#include "io/report/chart.h"
#include "io/report/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heddle::io {
namespace {

using report::Anchor;
using report::Box;
using report::grouped;
using report::Point;
using report::Series;
using report::Svg;

constexpr double kLeft = 72, kWidth = 1080, kRight = 14;
constexpr std::int64_t kMostRows = 24;
constexpr double kRowHeight = 44;
constexpr std::size_t kTitled = 6000;  // genes that say their place under the pointer
constexpr std::size_t kPoints = 540;   // of a line over the sequence

/// Classes of a round width, as many as 99 of 100 values need, and one for all beyond.
report::Histogram shown(const ClassCounts& fine, int colour) {
  constexpr int kClasses = 40;
  std::int64_t all = 0, below = 0;
  for (const std::int64_t count : fine.counts) all += count;
  std::size_t needed = 0;
  while (needed < fine.counts.size() && 100 * below < 99 * all) below += fine.counts[needed++];
  const double step = report::step_of(0, fine.width * static_cast<double>(needed), kClasses);
  const auto join = std::max<std::size_t>(1, static_cast<std::size_t>(step / fine.width));
  std::vector<std::int64_t> counts((needed + join - 1) / join + 1);
  for (std::size_t i = 0; i < fine.counts.size(); ++i) {
    counts[std::min(i / join, counts.size() - 1)] += fine.counts[i];
  }
  return {0, fine.width * static_cast<double>(join), std::move(counts), colour};
}

/// One row of the map: forward genes above its line, reverse ones below.
class MapRow {
 public:
  MapRow(Svg& svg, std::int64_t from, std::int64_t bases, double top)
      : svg_(svg),
        from_(from),
        until_(from + bases),
        top_(top),
        scale_{
            static_cast<double>(from), static_cast<double>(from + bases), kLeft, kWidth - kRight} {}

  void frame(std::int64_t length) {
    const double end = scale_(static_cast<double>(std::min(until_, length)));
    svg_.line({kLeft, top_ + 18}, {end, top_ + 18}, "axis");
    svg_.text({kLeft - 8, top_ + 22},
              report::bases_text(static_cast<double>(from_), static_cast<double>(length)),
              "faint",
              Anchor::kEnd);
  }
  void gene(const GeneNote& gene, bool titled) {
    const double x = scale_(static_cast<double>(std::max(gene.start, from_)));
    const double end = scale_(static_cast<double>(std::min(gene.end, until_)));
    const Box box{x, top_ + (gene.reverse ? 20 : 6), std::max(0.6, end - x - 0.3), 10};
    const std::size_t kind = gene.shifted ? 2 : gene.reverse ? 1 : 0;
    if (titled) {
      svg_.rectangle(box,
                     kClasses[kind],
                     place_text(gene.start, gene.end) + (gene.reverse ? " (-), " : " (+), ") +
                         grouped(gene.end - gene.start) + " bases" +
                         (gene.shifted ? ", with a frameshift" : ""));
    } else {
      paths_[kind].box(box);
    }
  }
  void finish() {
    for (std::size_t kind = 0; kind < 3; ++kind) svg_.path(paths_[kind], kClasses[kind]);
  }
  bool holds(const GeneNote& gene) const { return gene.start < until_ && gene.end > from_; }

 private:
  static constexpr const char* kClasses[] = {"f0", "f1", "f6"};

  Svg& svg_;
  std::int64_t from_, until_;
  double top_;
  report::Scale scale_;
  report::Path paths_[3];
};

/// A round number of bases for a row, so that no more than kMostRows are needed.
std::int64_t bases_of_row(std::int64_t length) {
  const double least = static_cast<double>(length) / static_cast<double>(kMostRows);
  const double step = report::step_of(0, std::max(least, 1.0), 1);
  return std::max<std::int64_t>(10000, static_cast<std::int64_t>(step));
}

void add_map(report::Page& page, const SequenceNotes& notes) {
  const std::int64_t bases =
      std::min(bases_of_row(notes.length), std::max<std::int64_t>(notes.length, 1));
  const std::int64_t rows = (notes.length + bases - 1) / bases;
  Svg svg(kWidth,
          26 + kRowHeight * static_cast<double>(rows),
          {"Genes of " + notes.name,
           "A map in rows of " + grouped(bases) +
               " bases, genes of the forward strand above each "
               "line and of the reverse strand below"});
  std::vector<std::pair<std::string, int>> names{{"forward strand", 0}, {"reverse strand", 1}};
  std::vector<GeneNote> genes = notes.genes.sorted();
  const bool shifted = std::ranges::any_of(genes, &GeneNote::shifted);
  if (shifted) names.emplace_back("with a frameshift", 6);
  report::draw_legend(svg, {kLeft, 14}, names);
  std::ranges::sort(genes, {}, &GeneNote::start);
  const bool titled = genes.size() <= kTitled;
  for (std::int64_t row = 0; row < rows; ++row) {
    MapRow map(svg, row * bases, bases, 22 + kRowHeight * static_cast<double>(row));
    map.frame(notes.length);
    for (const GeneNote& gene : genes) {
      if (map.holds(gene)) map.gene(gene, titled);
    }
    map.finish();
  }
  page.figure(svg, "Each row is " + grouped(bases) + " bases.");
  if (!notes.genes.all_kept()) {
    page.note("Drawn are the longest " + grouped(static_cast<std::int64_t>(genes.size())) + " of " +
              grouped(notes.genes.count()) + " genes.");
  }
}

/// Points at the bins' middles; nothing where `of` says NaN.
template <typename Of>
Series along(const std::string& name, const Bins& bins, std::int64_t length, int colour, Of of) {
  Series series{name, {}, colour};
  for (std::size_t i = 0; i < bins.sums().size(); ++i) {
    const std::int64_t from = static_cast<std::int64_t>(i) * bins.width();
    const double middle = static_cast<double>(from + std::min(length, from + bins.width())) / 2;
    series.points.push_back({middle, of(i)});
  }
  return series;
}

void add_lines(report::Page& page, const SequenceNotes& notes) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const Bins known = notes.known.coarser(notes.length, kPoints);
  const Bins g = notes.guanine.coarser(notes.length, kPoints);
  const Bins c = notes.cytosine.coarser(notes.length, kPoints);
  const Bins coding = notes.coding.coarser(notes.length, kPoints);
  if (known.sums().size() < 4) return;  // too short for windows to mean anything
  const auto at = [](const Bins& bins, std::size_t i) {
    return i < bins.sums().size() ? bins.sums()[i] : 0.0;
  };
  const auto width = [&](std::size_t i) {
    const std::int64_t from = static_cast<std::int64_t>(i) * coding.width();
    return static_cast<double>(std::min(notes.length - from, coding.width()));
  };
  std::vector<Series> shares{
      along("share of bases in genes", coding, notes.length, 0, [&](std::size_t i) {
        return at(coding, i) / std::max(1.0, width(i));
      })};
  // The bases of a reference that reads lie on are not known.
  const bool letters = !notes.known.sums().empty();
  if (letters) {
    shares.push_back(along("GC", known, notes.length, 2, [&](std::size_t i) {
      return at(known, i) > 0 ? (at(g, i) + at(c, i)) / at(known, i) : kNone;
    }));
  }
  const std::string shown = letters ? "Coding density and GC" : "Coding density";
  const std::string window =
      "Windows of " + grouped((letters ? known : coding).width()) + " bases.";
  const auto length = static_cast<double>(notes.length);
  page.figure(
      report::line_chart(
          {{shown + " of " + notes.name, window}, "", "share", true}, shares, {0, length}, {0, 1}),
      shown + ". " + window);
  double cumulated = 0, most = 0;
  Series sum = along("cumulated, to scale", known, notes.length, 3, [&](std::size_t i) {
    const double both = at(g, i) + at(c, i);
    cumulated += both > 0 ? (at(g, i) - at(c, i)) / both : 0;
    most = std::max(most, std::abs(cumulated));
    return cumulated;
  });
  double widest = 0;
  Series skew = along("GC skew (G - C) / (G + C)", known, notes.length, 7, [&](std::size_t i) {
    const double both = at(g, i) + at(c, i);
    const double value = both > 0 ? (at(g, i) - at(c, i)) / both : kNone;
    if (both > 0) widest = std::max(widest, std::abs(value));
    return value;
  });
  if (widest == 0) return;
  const double bound = std::min(1.0, report::rounded_up(widest, 2));
  for (Point& point : sum.points) point.y *= most > 0 ? bound / most : 0;
  const std::vector<Series> both{std::move(skew), std::move(sum)};
  page.figure(report::line_chart({{"GC skew of " + notes.name, window}, "", "skew", true},
                                 both,
                                 {0, length},
                                 {-bound, bound}),
              "GC skew by window and cumulated from the start (scaled to the axis). In most "
              "bacterial chromosomes the cumulated skew is lowest at the origin of replication and "
              "highest at its end.");
}

}  // namespace

void add_gene_sums(report::Page& page, const GenomeNotes& notes) {
  if (notes.genes == 0) return;
  page.section("Lengths and scores");
  const auto words = [](const char* title, const char* x) {
    return report::ChartWords{{title, "Counts of genes by class"}, x, "genes", false};
  };
  const auto add = [&](const report::ChartWords& chart, const ClassCounts& fine, int colour) {
    const report::Histogram classes = shown(fine, colour);
    page.figure(histogram_chart(chart, classes),
                chart.alternative.title + ", in classes of " +
                    grouped(std::llround(classes.width)) + "; the last has all beyond.");
  };
  add(words("Gene lengths", "length, bases"), notes.gene_lengths, 0);
  add(words("Gene scores", "score, nats"), notes.gene_scores, 2);
}

void add_genes(report::Page& page, const SequenceNotes& notes) {
  if (notes.genes.count() > 0) add_map(page, notes);
  if (notes.genes.count() > 0 && notes.circular) {
    page.figure(gene_circle(notes),
                "The same on the circle, from the outside: genes of the forward strand, of the "
                "reverse strand, GC against its mean, GC skew (G - C) / (G + C).");
  }
  add_lines(page, notes);
}

}  // namespace heddle::io
