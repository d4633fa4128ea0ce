#pragma once
// Sites of motifs as records.

#include "io/attribute.h"
#include "io/record.h"
#include "pipeline/item.h"
#include "pipeline/motifs/motif_scan.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// A site with what its record says.
struct FoundSite {
  std::string_view sequence;
  std::string_view letters;  // on the + strand
  std::int64_t start = 0;
  std::int32_t strand = 0;  // 0: +, 1: -
  std::int32_t loss = 0;
};

/// The site at `site.at` of the segment's core; borrows from both.
FoundSite found_site(const Segment& segment, const MotifSite& site, int width);

/// An Interval of type nucleotide_motif (SO:0000714): that a known motif is there is what a scan
/// knows; that something binds (TF_binding_site) it does not. Score: bits, or letters that fit.
/// Attributes, called as FIMO calls them: Name (the motif's id), Alias (its name), pvalue, qvalue,
/// mismatches (of patterns), sequence (in the motif's direction).
io::Interval site_record(const ScoredMotif& motif,
                         const FoundSite& site,
                         std::optional<double> q_value = {});

/// All attributes that site_record() may give, in order.
std::vector<io::Attribute> site_attributes();

}  // namespace heddle::pipeline
