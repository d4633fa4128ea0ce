#pragma once
// The model's say on each base of a segment's core: log-probabilities of {none, codon phase 0, 1,
// 2} on the + strand and the same on the - strand (phase counted in the gene's reading direction),
// and, of a model that tells them, of the classes of rna_kinds.h; averaged over the passes along
// both strands.
//
// A model without memory is stateless: segments run in parallel, one a thread. One with rolling
// memory runs in order within a lane, each strand's pass with a memory of its own that is reset
// where a sequence begins; only a segment's core is written. Threads: process() may be called
// concurrently for a stateless model; workspaces come from a pool, one for each length of window in
// use. Same bits either way.

#include "attention/model/model.h"
#include "io/value_output.h"
#include "pipeline/encoders/segments.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct GeneScoresOptions {
  int passes = 0;           // 1: along the + strand only; 2: both; 0: as many as the model asks for
  bool read_memory = true;  // false: a model with memory writes it but does not read it (ablation)
};

/// How many passes a model asks for, by its fields: `passes`, 1 or 2; without it 2. Throws
/// std::invalid_argument where it is neither.
int passes_asked_for(const std::map<std::string, std::string, std::less<>>& fields);

/// How the model's sequences are cut: its fields `segment` and `halo`, and, where it takes windows
/// of any length, `window_step` and `window_margin`; and how many scores a base has. Throws
/// std::invalid_argument where one is missing.
SegmentGrid segment_grid(const attention::Model& model);

/// Of scores as GeneScores leaves them, f32 (8 or more, bases): how likely each base lies in a gene
/// of the
/// + strand and of the - strand. Empty where there are none.
io::Coding coding_of(const attention::TensorView& scores);

class GeneScores : public Stage {
 public:
  /// Throws std::invalid_argument when the model has no `forward` from bases to 8 scores a base,
  /// and those of RNA genes behind them where its fields say so, or its fields (segment, halo,
  /// patch, passes) do not fit that.
  GeneScores(attention::Model model, const GeneScoresOptions& options);

  std::string_view name() const override { return "infer"; }
  Concurrency concurrency() const override;
  /// item.segment -> item.outputs: f32 (8 or 8 + kRnaClasses, core_end - core_begin).
  void process(Item& item) override;
  void skip(Item& item) override;
  /// A memory begins again with its sequence.
  StageState save() override { return {remembers_ ? began_ : StageState::kNothing, {}}; }

 private:
  class Borrowed;
  struct Idle {
    std::int64_t length = 0;  // bases of the window it is for
    attention::Workspace work;
  };
  struct Lane {
    attention::MemorySet along;
    attention::MemorySet against;
    std::int64_t origin = 0;  // where the memories are empty: the sequence's start, or past a hole
    bool broken = true;       // the next segment starts afresh
  };

  Lane* lane_of(const Item& item);
  const float* pass(const Segment& segment,
                    attention::Workspace& work,
                    Lane* lane,
                    bool against) const;
  void average(const Segment& segment,
               attention::Workspace& work,
               Lane* lane,
               std::span<float> sums) const;

  const attention::Model model_;
  const GeneScoresOptions options_;
  const int passes_;
  const bool remembers_;
  const int rna_;                // first channel of the RNA classes, -1: there are none
  std::int64_t logits_ = 0;      // channels of the model
  const std::int64_t channels_;  // of the scores
  std::int64_t patch_ = 1;       // bases a token
  std::int64_t halo_ = 0;        // tokens
  std::int64_t began_ = 0;       // the item with which the sequence in work began, of one lane
  std::mutex mutex_;             // of idle_ and the counts of what is borrowed
  std::vector<Idle> idle_;       // the least recently used first
  std::size_t borrowed_ = 0;
  std::size_t most_borrowed_ = 0;
  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
