#pragma once
// The head for genes: per-base scores of segments become CDS records. Each lane decodes one
// sequence at a time; every contig and every read is a sequence of its own.

#include "pipeline/heads/genes/gene_decoder.h"
#include "pipeline/item.h"

#include <deque>

namespace heddle::pipeline {

/// Takes Item::segment and Item::outputs, f32 (8, bases of the core): log-probabilities as
/// GeneDecoder::push has them. Appends SequenceStart, the Intervals decided so far, SequenceEnd.
/// Where a segment failed, here or in an earlier stage, its core counts as a run of N: the genes
/// beside it are partial, the rest of the sequence is unharmed.
class GeneHead : public Stage {
 public:
  /// Throws as GeneDecoder does, and std::invalid_argument without a lane.
  GeneHead(const GeneOptions& options, int lanes);

  std::string_view name() const override { return "genes"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override;
  void load(const std::string& bytes) override;

  /// Of all lanes; call when none is working.
  GeneDecoder::Statistics statistics() const;

 private:
  GeneDecoder& enter(Item& item);
  static void leave(Item& item, GeneDecoder& decoder);
  static void push_unknown(Item& item, GeneDecoder& decoder);

  std::deque<GeneDecoder> decoders_;  // by lane
};

}  // namespace heddle::pipeline
