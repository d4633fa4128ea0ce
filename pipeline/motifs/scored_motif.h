#pragma once
// A motif ready to be scanned: what each letter scores, in bits and in whole steps, and which sites
// count.
//
// Matrices: log-odds in bits, log2(((count + pseudocount * background) / (sum + pseudocount)) /
// background), as FIMO and MOODS have it. Sites are chosen, and p-values told, by the scores
// rounded to steps of 1/4096 bit (wider for motifs that would need a large table); `bits` are not
// rounded. Patterns: one point a letter that fits, none for one that does not.

#include "io/motifs/motif.h"
#include "pipeline/motifs/score_tail.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::pipeline {

using Background = std::array<double, 4>;  // probabilities of A C G T: all > 0, sum 1

struct MotifSettings {
  // Of both strands together, so that a site and its reverse complement have one p-value.
  Background background{0.25, 0.25, 0.25, 0.25};
  double pseudocount = 0.1;  // of a column, > 0
  double p_value = 1e-4;     // of a site of a matrix, at most
  int mismatches = 0;        // of a site of a pattern, at most
};

/// A value, const after the making.
struct ScoredMotif {
  std::string id;
  std::string name;
  bool pattern = false;
  std::vector<std::array<double, 4>> bits;  // (columns, A C G T)
  std::vector<Losses> losses;               // (columns, A C G T) below the column's best, in steps
  double step = 1;                          // bits
  std::int32_t cutoff = -1;                 // sites lose at most this; -1: no site can count
  ScoreTail tail;

  int width() const { return static_cast<int>(losses.size()); }
  /// In bits, or letters that fit. `codes`: one site in the motif's direction, all of A C G T.
  double score(std::span<const std::uint8_t> codes) const;
};

/// Throws std::invalid_argument where the settings make no sense for the motif: a pattern that fits
/// everything.
ScoredMotif score_motif(const io::Motif& motif, const MotifSettings& settings);

/// All of a file, on all cores.
std::vector<ScoredMotif> score_motifs(std::span<const io::Motif> motifs,
                                      const MotifSettings& settings);

}  // namespace heddle::pipeline
