#pragma once
// Which records of SAM, BAM and CRAM become reads, as `samtools view` selects them.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace heddle::io {

/// A stretch of a reference, 0-based half-open; without an end it goes on to the reference's end.
struct Region {
  std::string reference;
  std::int64_t start = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();

  bool operator==(const Region&) const = default;
};

struct ReadFilter {
  int with_all = 0;                  // flag bits that must all be set
  int without = 0;                   // flag bits of which none may be set
  int min_quality = 0;               // mapping quality
  std::vector<std::string> regions;  // samtools' text; which name is meant depends on the header
  std::string bed;                   // a BED file of regions of which a record overlaps one too

  /// Only records that overlap one of `regions` and one of `bed`, of each that is given.
  bool by_region() const { return !regions.empty() || !bed.empty(); }
  bool takes_all() const {
    return with_all == 0 && without == 0 && min_quality == 0 && !by_region();
  }
};

/// samtools' region text: NAME, NAME:FROM, NAME:FROM-TO or NAME:-TO, 1-based and inclusive, commas
/// allowed in numbers. `whole_name` says whether the text as a whole names a reference (names may
/// hold colons). Throws RequestError naming the text and what is wrong.
Region parse_region(const std::string& text, bool whole_name);

/// The regions of a BED file (plain text): the first three columns; lines that are empty or begin
/// with #, track or browser are passed over. Throws InputError naming the line.
std::vector<Region> read_bed_regions(const std::string& path);

}  // namespace heddle::io
