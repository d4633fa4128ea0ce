// RNA genes: a table of each sequence's.
#include "io/formats/genome_page/page_parts.h"
#include "io/formats/number_text.h"
#include "io/report/text.h"

#include <algorithm>
#include <vector>

namespace heddle::io {

void add_rnas(report::Page& page, const SequenceNotes& notes) {
  if (notes.rnas.count() == 0) return;
  std::vector<RnaNote> rnas = notes.rnas.sorted();
  std::ranges::sort(rnas, {}, &RnaNote::start);
  std::vector<report::Row> rows;
  for (const RnaNote& rna : rnas) {
    rows.push_back({place_text(rna.start, rna.end),
                    std::string(1, rna.strand),
                    rna.type,
                    rna.product,
                    report::grouped(rna.end - rna.start),
                    fixed_text(rna.score, 1)});
  }
  page.subsection("RNA genes");
  page.table({notes.rnas.all_kept()
                  ? ""
                  : "The longest " + report::grouped(static_cast<std::int64_t>(rows.size())) +
                        " of " + report::grouped(notes.rnas.count()) + ".",
              {{"Place"}, {"Strand"}, {"Type"}, {"Product"}, {"Bases", true}, {"Score", true}}},
             rows);
}

}  // namespace heddle::io
