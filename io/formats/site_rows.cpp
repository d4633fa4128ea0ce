#include "io/formats/site_rows.h"

#include "io/formats/gff3_rows.h"
#include "io/formats/text_columns.h"
#include "io/formats/text_input.h"

#include <optional>
#include <string_view>

namespace heddle::io {
namespace {

using Columns = std::vector<std::string_view>;

bool is_strand(std::string_view word) { return word == "+" || word == "-" || word == "."; }

std::optional<SiteRow> site(const Columns& columns,
                            std::optional<std::int64_t> start,
                            std::optional<std::int64_t> end,
                            std::string_view strand) {
  if (!start || !end || *start < 0 || *end <= *start || !is_strand(strand)) return std::nullopt;
  return SiteRow{std::string(columns[0]), {}, *start, *end, strand[0]};
}

std::optional<SiteRow> bed_site(const Columns& columns) {
  if (columns.size() < 6) return std::nullopt;
  auto made = site(columns,
                   number_in<std::int64_t>(columns[1]),
                   number_in<std::int64_t>(columns[2]),
                   columns[5]);
  if (made) made->motif = columns[3];
  return made;
}

std::optional<SiteRow> gff3_site(const Columns& columns) {
  if (columns.size() != 9) return std::nullopt;
  auto start = number_in<std::int64_t>(columns[3]);
  if (start) --*start;
  auto made = site(columns, start, number_in<std::int64_t>(columns[4]), columns[6]);
  if (!made) return std::nullopt;
  made->sequence = gff3_unescaped(made->sequence);
  const Gff3Row row{.attributes = std::string(columns[8])};
  for (const char* key : {"Name", "ID"}) {
    if (made->motif.empty()) made->motif = gff3_unescaped(row.attribute(key));
  }
  if (made->motif.empty()) made->motif = columns[2];
  return made;
}

}  // namespace

std::vector<SiteRow> read_sites(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::vector<SiteRow> sites;
  std::string line;
  for (;;) {
    line.clear();
    const std::int64_t at = text.line();
    if (!text.append_line(line)) return sites;
    if (line == "##FASTA") return sites;
    if (line.empty() || line[0] == '#') continue;
    const Columns columns = columns_of(line);
    std::optional<SiteRow> made = gff3_site(columns);
    if (!made) made = bed_site(columns);
    if (!made) {
      text.fail(at,
                "is no site; GFF3 (nine columns) or BED (six: chrom, start, end, motif, score, "
                "strand) is expected, by tabs");
    }
    sites.push_back(std::move(*made));
  }
}

}  // namespace heddle::io
