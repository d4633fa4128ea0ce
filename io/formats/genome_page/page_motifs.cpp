// Motifs: the most frequent ones, and where their sites lie.
#include "io/formats/genome_page/page_parts.h"
#include "io/report/axis.h"
#include "io/report/text.h"

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

using report::grouped;
using report::number;
using report::Svg;

constexpr std::size_t kListed = 40, kRows = 20, kBins = 300;
constexpr double kLeft = 190, kWidth = 1080, kRight = 64, kRowHeight = 24;

struct Listed {
  std::string id;
  MotifNote note;
};

/// Most sites first.
std::vector<Listed> by_sites(std::vector<Listed> motifs, std::size_t most) {
  std::ranges::stable_sort(
      motifs, std::greater{}, [](const Listed& one) { return one.note.sites; });
  if (motifs.size() > most) motifs.resize(most);
  return motifs;
}

std::vector<Listed> listed(const SequenceNotes& notes) {
  std::vector<Listed> motifs;
  for (const auto& [id, note] : notes.motifs) motifs.push_back({id, note});
  return motifs;
}

/// Its name; where another row has the same, behind its id.
std::string words_of(const Listed& motif, const std::vector<Listed>& rows) {
  const std::string& name = motif.note.name;
  if (name.empty()) return motif.id;
  const auto same =
      std::ranges::count_if(rows, [&name](const Listed& other) { return other.note.name == name; });
  return same > 1 ? motif.id + " " + name : name;
}

std::string shortened(const std::string& words) {
  constexpr std::size_t kShown = 24;
  return words.size() <= kShown ? words : words.substr(0, kShown - 3) + "...";
}

void draw_row(Svg& svg, const Bins& bins, std::int64_t length, double base, const char* colour) {
  const report::Scale scale{0, static_cast<double>(length), kLeft, kWidth - kRight};
  double most = 0;
  for (const double sum : bins.sums()) most = std::max(most, sum);
  report::Path path;
  for (std::size_t i = 0; i < bins.sums().size(); ++i) {
    if (bins.sums()[i] <= 0) continue;
    const double from = static_cast<double>(static_cast<std::int64_t>(i) * bins.width());
    const double x = scale(from);
    const double end = scale(std::min(from + static_cast<double>(bins.width()), scale.high));
    const double high = std::max(1.0, 18 * bins.sums()[i] / most);
    path.box({x, base - high, std::max(0.8, end - x), high});
  }
  svg.path(path, colour);
  svg.line({kLeft, base}, {kWidth - kRight, base}, "grid");
}

}  // namespace

void add_motif_sums(report::Page& page, const GenomeNotes& notes) {
  if (notes.sites == 0) return;
  std::map<std::string, MotifNote, std::less<>> sums;
  double bases = 0;
  for (const SequenceNotes& sequence : notes.drawn()) {
    bases += static_cast<double>(sequence.length);
    for (const auto& [id, note] : sequence.motifs) {
      MotifNote& sum = sums[id];
      if (sum.sites == 0 || note.best > sum.best) {
        sum.best = note.best;
        sum.p_value = note.p_value;
      }
      sum.name = note.name;
      sum.sites += note.sites;
      sum.forward += note.forward;
    }
  }
  std::vector<Listed> all;
  for (const auto& [id, note] : sums) all.push_back({id, note});
  const std::size_t found = all.size();
  std::vector<report::Row> rows;
  for (const Listed& one : by_sites(std::move(all), kListed)) {
    const MotifNote& note = one.note;
    rows.push_back({one.id,
                    note.name,
                    grouped(note.sites),
                    number(static_cast<double>(note.sites) / bases * 1e6, 1),
                    grouped(note.forward) + " / " + grouped(note.sites - note.forward),
                    number(note.best, 2),
                    note.p_value});
  }
  page.section("Motifs with most sites");
  page.table({rows.size() < found ? "The first " + std::to_string(rows.size()) + " of " +
                                        std::to_string(found) + " motifs that have sites."
                                  : std::to_string(found) + " motifs have sites.",
              {{"Motif"},
               {"Name"},
               {"Sites", true},
               {"Per Mb", true},
               {"+ / -", true},
               {"Best score", true},
               {"Its p-value", true}}},
             rows);
}

void add_sites(report::Page& page, const SequenceNotes& notes) {
  if (notes.motifs.empty()) return;
  const std::vector<Listed> rows = by_sites(listed(notes), kRows);
  const double height = 50 + kRowHeight * static_cast<double>(rows.size() + 1);
  Svg svg(kWidth,
          height,
          {"Sites along " + notes.name, "A row a motif; bars count its sites in windows"});
  const auto row = [&](std::size_t i,
                       const std::string& name,
                       const Bins& along,
                       std::int64_t sites,
                       const char* colour) {
    const double base = kRowHeight * static_cast<double>(i + 1);
    draw_row(svg, along.coarser(notes.length, kBins), notes.length, base, colour);
    svg.text({kLeft - 8, base - 3},
             shortened(name),
             i == 0 ? "label strong" : "label",
             report::Anchor::kEnd);
    svg.text({kWidth - kRight + 8, base - 3}, grouped(sites), "faint");
  };
  std::int64_t all = 0;
  for (const auto& [id, note] : notes.motifs) all += note.sites;
  row(0, "all motifs", notes.sites, all, "f7");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MotifNote& note = rows[i].note;
    row(i + 1, words_of(rows[i], rows), note.along, note.sites, "f0");
  }
  draw_horizontal(svg,
                  {{0, static_cast<double>(notes.length), kLeft, kWidth - kRight},
                   height - 40,
                   0,
                   10,
                   true,
                   ""});
  page.figure(
      svg,
      "Sites in windows of " + grouped(notes.sites.coarser(notes.length, kBins).width()) +
          " bases, each row to its own scale; right: sites in all." +
          (rows.size() < notes.motifs.size()
               ? " Drawn are the " + std::to_string(rows.size()) + " motifs with most sites."
               : ""));
}

}  // namespace heddle::io
