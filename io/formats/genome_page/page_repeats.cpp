// Repeats: the tables, and the order of the drawings.
#include "io/formats/genome_page/page_parts.h"
#include "io/formats/genome_page/repeat_drawings.h"
#include "io/report/text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

using report::grouped;

constexpr std::size_t kListed = 40;

std::string first_of(std::size_t shown, std::int64_t all, const char* what) {
  return "The " + grouped(static_cast<std::int64_t>(shown)) + " " + what + " of " + grouped(all) +
         ".";
}

void add_families(report::Page& page, const SequenceNotes& notes) {
  std::vector<report::Row> rows;
  for (const std::string& name : largest_families(notes, kListed)) {
    const FamilyNote& family = notes.families.find(name)->second;
    std::string places;
    for (std::size_t i = 0; i < family.starts.size(); ++i) {
      if (static_cast<std::int64_t>(i) >= family.copies) break;
      places += (i == 0 ? "" : "; ") + grouped(family.starts[i] + 1);
    }
    if (family.copies > static_cast<std::int64_t>(family.starts.size())) places += "; ...";
    rows.push_back(
        {name,
         grouped(family.copies),
         grouped(family.bases),
         share_text(static_cast<double>(family.bases), static_cast<double>(notes.length)),
         grouped(family.shortest) + " to " + grouped(family.longest),
         places});
  }
  const auto all = static_cast<std::int64_t>(notes.families.size());
  page.subsection("Families");
  page.table({first_of(rows.size(), all, "families with most bases"),
              {{"Family"},
               {"Copies", true},
               {"Bases", true},
               {"Share", true},
               {"Lengths", true},
               {"First copies at"}}},
             rows);
  if (notes.copies_without_family > 0) {
    page.note(grouped(notes.copies_without_family) + " copies of further families are not listed.");
  }
}

void add_arrays(report::Page& page, const SequenceNotes& notes) {
  std::vector<report::Row> rows;
  for (const ArrayNote& array : notes.arrays.sorted()) {
    if (rows.size() == kListed) break;
    rows.push_back({place_text(array.start, array.end),
                    grouped(array.end - array.start),
                    array.period,
                    array.copies,
                    array.identity + " %",
                    array.unit});
  }
  page.subsection("Tandem arrays");
  page.table({first_of(rows.size(), notes.arrays.count(), "longest arrays"),
              {{"Place"},
               {"Bases", true},
               {"Period", true},
               {"Copies", true},
               {"Identity", true},
               {"Pattern"}}},
             rows);
}

}  // namespace

void add_repeats(report::Page& page, const SequenceNotes& notes) {
  if (notes.pairs.count() > 0) {
    page.figure(dot_plot(notes),
                "Dot plot: each line is a pair of copies, shown on both sides of the diagonal; "
                "short ones are drawn as dots.");
    if (!notes.pairs.all_kept()) {
      page.note("Drawn are the longest " +
                grouped(static_cast<std::int64_t>(notes.pairs.sorted().size())) + " of " +
                grouped(notes.pairs.count()) + " pairs.");
    }
  }
  if (notes.copies.count() + notes.arrays.count() == 0) return;
  page.figure(repeat_map(notes),
              "Copies by family, the largest families in colour; below, the share of each window "
              "in copies and in tandem arrays.");
  if (notes.circular && notes.pairs.count() > 0) {
    page.figure(repeat_circle(notes),
                "The same on the circle: copies on the outer ring, arrays on the inner one; chords "
                "join the longest pairs.");
  }
  if (!notes.families.empty()) add_families(page, notes);
  if (notes.arrays.count() > 0) add_arrays(page, notes);
}

}  // namespace heddle::io
