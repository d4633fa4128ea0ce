#pragma once
// Every site of every motif in a stretch of sequence, on both strands.
//
// A scan is a convolution of one-hot bases with the motif's rows; since one base is hot, each
// product is a table row. Both scans sum the same whole numbers and give the same sites. The fast
// one first sums one-byte losses, rounded down, for many positions at once (in-register tables, as
// many positions as a vector has bytes): what that keeps is a superset, which is then summed
// exactly. Threads: const, any number.

#include "pipeline/motifs/scored_motif.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::pipeline {

struct MotifSite {
  std::int32_t at = 0;      // of its leftmost base, from the first code
  std::int32_t motif = 0;   // which
  std::int32_t strand = 0;  // 0: +, 1: -
  std::int32_t loss = 0;    // steps below the motif's best
  bool operator==(const MotifSite&) const = default;
};

class MotifScan {
 public:
  /// Borrows the motifs.
  explicit MotifScan(std::span<const ScoredMotif> motifs);

  /// Sites that begin at positions [0, count) and end within the codes, by position, motif, strand.
  /// `codes`: A C G T N = 0 1 2 3 4; a site with an N does not count.
  std::vector<MotifSite> sites(std::span<const std::uint8_t> codes, std::int64_t count) const;
  /// The slow twin: sums every site in doubles.
  std::vector<MotifSite> sites_plainly(std::span<const std::uint8_t> codes,
                                       std::int64_t count) const;

  int width(std::int32_t motif) const { return motifs_[static_cast<std::size_t>(motif)].width(); }

 private:
  struct Tables {
    std::vector<std::uint8_t> rows;  // (columns, strand, 16): one-byte losses of the five codes
  };

  std::span<const ScoredMotif> motifs_;
  std::vector<Tables> tables_;  // by motif
  int widest_ = 0;
};

}  // namespace heddle::pipeline
