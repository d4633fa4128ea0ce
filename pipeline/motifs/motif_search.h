#pragma once
// The stage that finds motifs in a segment: its codes through the scan.
// Threads: process() may be called concurrently.

#include "pipeline/encoders/segments.h"
#include "pipeline/item.h"
#include "pipeline/motifs/motif_scan.h"

namespace heddle::pipeline {

class MotifSearch : public Stage {
 public:
  /// Borrows the motifs.
  explicit MotifSearch(std::span<const ScoredMotif> motifs) : scan_(motifs) {}

  std::string_view name() const override { return "scan"; }
  Concurrency concurrency() const override { return Concurrency::kUnlimited; }
  /// item.segment -> item.outputs: i32 (sites, 4), rows as MotifSite, `at` from the core's
  /// beginning; empty where there are none. A site belongs to the segment in whose core it begins.
  void process(Item& item) override;
  StageState save() override { return {StageState::kNothing, {}}; }

 private:
  const MotifScan scan_;
};

/// The rows of item.outputs. Throws std::invalid_argument on another shape or element type.
std::span<const MotifSite> sites_of(const Item& item);

/// Segments for these motifs: a halo of the widest less one base; short enough that chance fills a
/// segment with a few thousand sites at most. Results do not depend on it.
SegmentGrid motif_grid(std::span<const ScoredMotif> motifs);

}  // namespace heddle::pipeline
