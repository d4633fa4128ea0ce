#pragma once
// The head for motifs: the sites that a search found in each segment become records, at once. For
// q-values see motifs/held_sites.h.

#include "pipeline/item.h"
#include "pipeline/motifs/scored_motif.h"

namespace heddle::pipeline {

/// Takes Item::segment and Item::outputs as MotifSearch leaves them. Appends SequenceStart, the
/// sites as site_record() makes them, SequenceEnd. A segment that failed has no sites.
class MotifHead : public Stage {
 public:
  /// Borrows the motifs.
  explicit MotifHead(std::span<const ScoredMotif> motifs) : motifs_(motifs) {}

  std::string_view name() const override { return "motifs"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override { return {StageState::kNothing, {}}; }

 private:
  std::span<const ScoredMotif> motifs_;
};

}  // namespace heddle::pipeline
