#pragma once
// The genes of a read as the tags of tagged_alignments.h.

#include "io/record.h"

#include <htslib/sam.h>

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::io {

/// One entry a row, all of one size; genes by ascending start, a gene's rows together.
struct GeneTags {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint8_t> types;
  std::vector<std::uint8_t> qualities;
};

/// Features that are no CDS are left out.
GeneTags gene_tags(std::span<const Interval> features);

/// Takes the record's tags of these names away, whatever they hold, and sets those that are not
/// empty. False when htslib refuses; throws std::bad_alloc.
bool set_tags(bam1_t& record, const GeneTags& tags);

}  // namespace heddle::io
