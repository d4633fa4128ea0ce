#pragma once
// RNA genes from per-base scores, streaming: the labelling of a sequence with genes of rna_kinds.h,
// none over another, whose evidence less their prices is most (a semi-Markov model whose kinds have
// a shortest and a longest length; Ostendorf et al. 1996). Exactly, but where more than 262,144
// bases stay undecided: there the older half of the best labelling so far is taken, and forced()
// counts it. What is pushed in whatever cuts comes out as the same records.
//
//   best(0) = 0,  best(i) = max(best(i - 1), max over kinds and strands k and lengths n of
//                               best(i - n) + E_k(i) - E_k(i - n) - price_k)
// E_k: the sum of log p(k) / p(none), each base less `doubt` and clipped at `evidence_limit`. For
// each k the best i - n of those allowed stands at the front of a queue (sliding maximum), so that
// a base costs the same whatever the lengths. A gene that runs off an end of its sequence may be
// shorter. Fixed point as in gene_window.h, ties to the older labelling.
//
// A circle is decoded as a line: a gene over its origin becomes two, both marked as partial.
// Memory: the longest kind, and what is undecided. One decoder serves one stream of sequences; not
// shared between threads.

#include "attention/tensor/tensor.h"
#include "io/attribute.h"
#include "io/record.h"
#include "io/snapshot.h"
#include "pipeline/heads/genes/gene_paths.h"
#include "pipeline/rna_kinds.h"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// In nats. See README.md for how the values were chosen.
struct RnaOptions {
  std::array<bool, kRnaKinds> wanted{true, true, true, true, true};  // in the list's order
  bool wants_sequences = false;                                      // fill Interval::nucleotides
  double evidence_limit = 4;
  double doubt = 0.5;  // of a base: models are taught RNA more often than there is some
  double price = 60;   // of a gene
};

/// All attributes that an RNA gene may have, in order.
std::vector<io::Attribute> rna_attributes();

class RnaDecoder {
 public:
  explicit RnaDecoder(const RnaOptions& options);
  RnaDecoder(const RnaDecoder&) = delete;
  RnaDecoder& operator=(const RnaDecoder&) = delete;

  void begin(std::string sequence);
  /// The next bases, any number, with their log-probabilities (kRnaClasses, bases) f32, any
  /// strides. Decided genes are appended to `out`, by ascending left end. Throws, and takes nothing
  /// of it, std::invalid_argument on another shape and as require_numbers().
  void push(std::string_view bases,
            const attention::TensorView& scores,
            std::vector<io::Interval>& out);
  /// Throws std::runtime_error on a score that is not a number; `before` bases lie left of them.
  static void require_numbers(const attention::TensorView& scores, std::int64_t before);
  /// Ends the sequence.
  void finish(std::vector<io::Interval>& out);

  /// No gene that is still to come begins left of this.
  std::int64_t decided() const;
  std::int64_t position() const { return at_; }  // bases pushed of this sequence
  /// Decisions taken, of all sequences, because nothing was settled for 262 kb.
  std::int64_t forced() const { return forced_; }
  void snapshot(io::Snapshot& s);

 private:
  static constexpr std::size_t kRnas = kRnaClasses - 1;  // kinds on strands

  /// Where a gene may begin: the labelling up to there, and its score less E there.
  struct Door {
    std::int64_t position = 0;
    std::int64_t worth = 0;
    GenePath path;
  };

  void add_base(const std::array<std::int32_t, kRnas>& evidence);
  void open_doors(std::size_t k);
  void close_gene(std::size_t k, const Door& door);
  void close_at_end();
  void settle(std::vector<io::Interval>& out);
  void take(const GeneEvent& event, std::vector<io::Interval>& out);
  const GenePath& past(std::int64_t position) const;
  std::string letters(std::int64_t from, std::int64_t to) const;

  const RnaOptions options_;
  const std::int64_t limit_, doubt_, price_;

  std::string sequence_;
  std::int64_t at_ = 0;    // the boundary behind the last base
  std::int64_t end_ = -1;  // of the sequence, once it is known
  GenePath best_;          // at at_
  GenePaths paths_;
  std::vector<GenePath> past_;                        // of the last boundaries, a ring
  std::array<std::deque<std::int64_t>, kRnas> sums_;  // E of the last `shortest` boundaries
  std::array<std::deque<Door>, kRnas> doors_;         // by position, worth falling
  std::int64_t forced_ = 0;
  GeneEvent open_;  // of the gene that take() was given last
  std::int64_t letters_begin_ = 0;
  std::string letters_;
};

}  // namespace heddle::pipeline
