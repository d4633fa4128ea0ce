// CRISPR arrays: a table of each sequence's.
#include "io/formats/genome_page/page_parts.h"
#include "io/report/text.h"

#include <algorithm>
#include <vector>

namespace heddle::io {

void add_crisprs(report::Page& page, const SequenceNotes& notes) {
  if (notes.crisprs.count() == 0) return;
  std::vector<CrisprNote> arrays = notes.crisprs.sorted();
  std::ranges::sort(arrays, {}, &CrisprNote::start);
  std::vector<report::Row> rows;
  for (const CrisprNote& array : arrays) {
    rows.push_back({place_text(array.start, array.end),
                    array.copies,
                    std::to_string(array.unit.size()),
                    array.spacer,
                    array.identity + " %",
                    array.unit});
  }
  page.subsection("CRISPR arrays");
  page.table({notes.crisprs.all_kept()
                  ? ""
                  : "The longest " + report::grouped(static_cast<std::int64_t>(rows.size())) +
                        " of " + report::grouped(notes.crisprs.count()) + ".",
              {{"Place"},
               {"Repeats", true},
               {"Bases of each", true},
               {"Mean spacer", true},
               {"Identity", true},
               {"Repeat"}}},
             rows);
}

}  // namespace heddle::io
