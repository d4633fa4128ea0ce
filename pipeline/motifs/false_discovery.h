#pragma once
// q-values of Benjamini and Hochberg (J. R. Stat. Soc. B 57:289, 1995) from counts.
//
// A motif's scores are whole numbers, so its sites fall into few classes of one p-value each: the
// number of sites in each class, and of places tested, is all the procedure needs. Per motif, as
// FIMO does. q(p) is the smallest tests * p' / sites(<= p') over p' >= p; only p' that pass the
// run's p-value limit are seen, so a q-value is exact where that minimum lies below the limit and
// an upper bound else. Memory: one count for each class that has a site. Single-threaded.

#include "io/snapshot.h"
#include "pipeline/motifs/scored_motif.h"

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class FalseDiscovery {
 public:
  /// Borrows the motifs.
  explicit FalseDiscovery(std::span<const ScoredMotif> motifs);

  /// Counts the places of a stretch where sites of each width may begin: [0, count) on both
  /// strands, without N between.
  void tested(std::string_view bases, std::int64_t count);
  void found(std::int32_t motif, std::int32_t loss) { ++sites_[at(motif)][loss]; }

  /// Once all are counted.
  void settle();
  double q_value(std::int32_t motif, std::int32_t loss) const;
  std::int64_t tests(std::int32_t motif) const;
  void snapshot(io::Snapshot& s) { s(places_, sites_); }

 private:
  static std::size_t at(std::int32_t motif) { return static_cast<std::size_t>(motif); }

  std::span<const ScoredMotif> motifs_;
  std::map<int, std::int64_t> places_;                       // width -> on one strand
  std::vector<std::map<std::int32_t, std::int64_t>> sites_;  // by motif: loss -> sites
  std::vector<std::map<std::int32_t, double>> q_;            // by motif: loss -> q
};

}  // namespace heddle::pipeline
