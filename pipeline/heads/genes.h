#pragma once
// The head for genes: per-base scores of segments become CDS records and, where the model tells
// them and they are wanted, tRNA, tmRNA and rRNA records; CRISPR arrays, which need no scores,
// stand among them. All in one order by left end. Each lane decodes one sequence at a time; every
// contig and every read is a sequence of its own.

#include "pipeline/heads/crispr/crispr_search.h"
#include "pipeline/heads/genes/gene_decoder.h"
#include "pipeline/heads/genes/rna_decoder.h"
#include "pipeline/item.h"

#include <deque>
#include <optional>
#include <vector>

namespace heddle::pipeline {

/// What is told; of RNA genes only where the model has scores for them.
struct GeneClasses {
  bool coding = true;
  std::optional<RnaOptions> rna;
  bool arrays = false;  // of CRISPR

  /// Something of it is told by a model's scores.
  bool scored() const { return coding || rna; }
};

/// Takes Item::segment and Item::outputs, f32 (8, bases of the core): log-probabilities as
/// GeneDecoder::push has them, and behind them, with `rna`, kRnaClasses more as RnaDecoder::push
/// has them; of arrays alone no outputs. Appends SequenceStart, the Intervals decided so far,
/// SequenceEnd. Where a segment failed, here or in an earlier stage, its core counts as a run of N:
/// the genes beside it are partial, the rest of the sequence and all arrays are unharmed.
class GeneHead : public Stage {
 public:
  /// Throws as GeneDecoder does, and std::invalid_argument without a lane.
  GeneHead(const GeneOptions& options, int lanes, const GeneClasses& classes = {});

  std::string_view name() const override { return "genes"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override;
  void load(const std::string& bytes) override;

  /// Of all lanes, `forced` of both decoders; call when none is working.
  GeneDecoder::Statistics statistics() const;

 private:
  /// A lane's decoders, and what one has told that the others have not come to yet.
  struct Lane {
    Lane(const GeneOptions& options, const GeneClasses& classes);

    GeneDecoder genes;
    std::optional<RnaDecoder> rnas;
    std::optional<CrisprSearch> arrays;
    std::deque<io::Interval> coding, rna, array;
    std::string sequence;
    void snapshot(io::Snapshot& s);
  };

  Lane& enter(Item& item);
  void leave(Item& item, Lane& lane) const;
  std::int64_t position(const Lane& lane) const;
  void push_unknown(Item& item, Lane& lane) const;
  void push(std::string_view bases,
            const attention::TensorView& scores,
            Lane& lane,
            std::vector<io::Record>& out) const;
  void push_scores(std::string_view bases,
                   const attention::TensorView& scores,
                   Lane& lane,
                   std::vector<io::Record>& out) const;
  static void push_arrays(std::string_view bases, Lane& lane);
  void finish(Lane& lane, std::vector<io::Record>& out) const;
  void take(std::vector<io::Record> told, Lane& lane) const;
  void tell(Lane& lane, bool whole, std::vector<io::Record>& out) const;

  const GeneClasses classes_;
  std::deque<Lane> lanes_;
};

}  // namespace heddle::pipeline
