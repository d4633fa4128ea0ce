#pragma once
// Genes from per-base scores, streaming: what is pushed in whatever cuts comes out as the same CDS
// records. Memory is that of the stretch still undecided, at most about 1 Mb, and for a circle that
// of its records. One decoder serves one stream of sequences; not shared between threads.

#include "attention/tensor/tensor.h"
#include "io/record.h"
#include "io/snapshot.h"
#include "pipeline/heads/genes/gene_lattice.h"
#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_records.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class GeneDecoder {
 public:
  struct Statistics {
    std::int64_t bases = 0;
    std::int64_t genes = 0;
    std::int64_t shifted_genes = 0;  // with at least one frameshift
    std::int64_t forced = 0;         // decisions taken because nothing was settled for 1 Mb
    std::int64_t noisy = 0;          // sequences decoded with frameshifts allowed
  };

  /// Throws std::invalid_argument on an unknown genetic code or a price or length out of range.
  explicit GeneDecoder(const GeneOptions& options);
  GeneDecoder(const GeneDecoder&) = delete;
  GeneDecoder& operator=(const GeneDecoder&) = delete;

  /// Begins a sequence; an unfinished one is forgotten. On a circular one genes may cross the
  /// origin: they end beyond its length.
  void begin(std::string sequence, bool circular = false);
  /// The next bases, any number, with their log-probabilities (8, bases) f32: + strand {none, codon
  /// phase 0, 1, 2}, then - strand (phase counted from the gene's own start); any strides. Decided
  /// records are appended to `out`, by ascending left end; those of a circle wait for finish(), as
  /// its first ones are decided last. Throws std::invalid_argument on another
  /// shape or dtype and std::runtime_error on a score that is not a number.
  void push(std::string_view bases,
            const attention::TensorView& scores,
            std::vector<io::Record>& out);
  /// Ends the sequence. (A circle longer than 32 Mb does not wait: what touches its first gene
  /// comes last.)
  void finish(std::vector<io::Record>& out);

  /// Between two pushes.
  void snapshot(io::Snapshot& s) {
    s(window_, lattice_, records_, statistics_, last_score_, looking_);
    s(circle_, anchor_, origin_bases_, origin_evidence_, held_);
  }

  std::int64_t position() const { return window_.end(); }  // bases pushed of this sequence
  /// No record that is still to come begins left of this; of a circle that waits for its end, 0.
  std::int64_t decided() const;
  /// Score of the best labeling of the sequence last finished, in nats.
  double labeling_score() const { return to_nats(last_score_); }
  const Statistics& statistics() const { return statistics_; }

 private:
  bool look_first(bool whole);
  void run_to(std::int64_t boundary, std::vector<io::Record>& out);
  void settle(std::vector<io::Record>& out);
  void deliver(std::vector<io::Record>& out);
  void release(std::vector<io::Record>& out);
  void keep_origin();
  void close_circle(std::vector<io::Record>& out);
  void find_anchor(const GeneEvent& event);

  GeneOptions options_;
  GeneOptions lattice_options_;  // what the programme asks of any gene
  GeneticCode code_;
  GeneWindow window_;
  GeneLattice lattice_;
  GeneRecords records_;
  Statistics statistics_;
  std::int64_t last_score_ = 0;
  bool looking_ = false;  // gathering the stretch that is learned from and decides on frameshifts

  // Circular replicons: the sequence is decoded once around and then again up to the anchor, a
  // boundary behind the first gene where no gene is open.
  enum class Circle : std::uint8_t { kNone, kSeeking, kAnchored, kClosing };
  Circle circle_ = Circle::kNone;
  std::int64_t anchor_ = 0;
  std::vector<std::uint8_t> origin_bases_;
  std::vector<GeneWindow::Evidence> origin_evidence_;
  // Finished records of a circle: left of the anchor in case there is none, then right of it until
  // those left of it are decided.
  std::vector<io::Interval> held_;
};

}  // namespace heddle::pipeline
