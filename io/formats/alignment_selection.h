#pragma once
// A ReadFilter against the header of one file: which of its records are wanted.
// Threads: const after construction. Overlap is by the alignment's end on the reference; a read
// without one counts at its mate's place, as samtools has it.

#include "io/read_filter.h"

#include <htslib/sam.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace heddle::io {

/// The index beside a file; empty where there is none, or one that is older than the file: it would
/// lead to other records.
std::string index_beside(const std::string& name);

class AlignmentSelection {
 public:
  /// Throws InputError for regions that cannot be read, or on references `header` does not have.
  AlignmentSelection(const ReadFilter& filter, sam_hdr_t* header);

  bool wants(const bam1_t& record) const;
  /// Only records inside regions are wanted: an index may be used to go there.
  bool by_region() const { return named_ || listed_; }
  /// Regions that hold all that is wanted, as htslib's iterators take them, ascending and apart
  /// from each other.
  std::vector<std::string> index_regions(const sam_hdr_t* header) const;

 private:
  struct Stretch {
    std::int64_t start = 0;
    std::int64_t end = 0;
  };
  using Stretches = std::map<int, std::vector<Stretch>>;  // by reference number
  static void add(const Region& region, sam_hdr_t* header, Stretches& stretches);
  static void join_overlaps(Stretches& stretches);
  static bool overlap(const Stretches& stretches, const bam1_t& record);

  int with_all_;
  int without_;
  int min_quality_;
  // A record overlaps a region of each that there is: those of the command line, of a BED file.
  std::optional<Stretches> named_, listed_;
};

}  // namespace heddle::io
