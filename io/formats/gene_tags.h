#pragma once
// The genes of a read as the tags of tagged_alignments.h.

#include "io/record.h"

#include <htslib/sam.h>

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::io {

/// One entry a row, all of one size.
struct GeneTags {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint8_t> types;
  std::vector<std::uint8_t> qualities;
};

/// Rows by ascending start; features that are no CDS are left out.
GeneTags gene_tags(std::span<const Interval> features);

/// Replaces the record's tags; empty ones are taken away. Throws std::bad_alloc.
void set_tags(bam1_t& record, const GeneTags& tags);

}  // namespace heddle::io
