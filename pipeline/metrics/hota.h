#pragma once
// HOTA (Luiten et al. 2020): detection, association and localisation over 19 overlap thresholds
// alpha = 0.05, 0.10 .. 0.95, as TrackEval counts them.

#include "pipeline/metrics/paired_sequence.h"

#include <array>

namespace heddle::pipeline {

inline constexpr std::size_t kAlphas = 19;

/// 0.05 .. 0.95.
double hota_alpha(std::size_t index);

struct HotaCounts {
  /// At one alpha.
  struct Level {
    std::int64_t matches = 0;
    double association_sum = 0;  // over matches, the share of both identities that agrees
    double recall_sum = 0;       // the share of the true identity
    double precision_sum = 0;    // the share of the said identity
    double overlap_sum = 0;      // IoU
  };
  /// What the paper plots against alpha, 0..1.
  struct Scores {
    double hota = 0, deta = 0, detre = 0, detpr = 0, assa = 0, assre = 0, asspr = 0, loca = 0;
  };

  std::int64_t truths = 0;  // boxes of the truth
  std::int64_t said = 0;    // boxes said
  std::array<Level, kAlphas> levels;

  Scores at(std::size_t alpha) const;
  Scores mean() const;  // over the alphas: the numbers that are reported

  /// Sequences add up.
  HotaCounts& operator+=(const HotaCounts& other);
};

HotaCounts count_hota(const PairedSequence& sequence);

}  // namespace heddle::pipeline
