#pragma once
// How the genes of the sequence at hand use codons, learned as it streams by from what the model is
// sure of: the log-odds of each codon in a reading frame against three neighbouring bases anywhere.
// A model that does not know a genus is still right about most of it, and a gene whose bases leave
// it in doubt reads like the others. Bounded memory whatever the sequence's length; integers only,
// so that the same bases give the same log-odds on every machine, however they were cut. Owned by
// one lattice, not shared between threads.
//
// That a genome's own codons tell its genes: Staden and McLachlan, 1982; that they can be learned
// from the genome at hand: Borodovsky and McIninch (GeneMark), 1993; Salzberg et al. (Glimmer),
// 1998.

#include "io/snapshot.h"
#include "pipeline/heads/genes/gene_window.h"

#include <array>
#include <cstdint>

namespace heddle::pipeline {

class CodonUsage {
 public:
  static constexpr std::int64_t kMostCounted = std::int64_t{1} << 27;

  /// Borrows the window, of one sequence from its beginning on. `weight`: of the log-odds, 0 to
  /// 100; with 0 nothing is learned. Once `most` letters of three are counted all counts are
  /// halved: what came last speaks louder.
  CodonUsage(const GeneWindow& window, double weight, std::int64_t most = kMostCounted);

  void clear();
  /// Learns from the bases left of `to` that it has not seen. The window must still hold these, and
  /// one more on their left.
  void learn(std::int64_t to);

  /// In fixed point, weighed: of the codon [end - 3, end) of a gene on the + strand. Nothing for
  /// one with an unknown base, or that leaves the window.
  std::int64_t plus(std::int64_t end) const { return worth(codon(end - 3), 0); }
  /// ... and on the - strand, where it is read leftwards.
  std::int64_t minus(std::int64_t end) const { return worth(codon(end - 3), 1); }

  void snapshot(io::Snapshot& s) { s(learned_, coding_, any_, worth_); }

 private:
  static constexpr int kCodons = 64;
  using Counts = std::array<std::int64_t, kCodons>;

  int codon(std::int64_t at) const;  // -1: none
  std::int64_t worth(int codon, std::size_t strand) const {
    return codon < 0 ? 0 : worth_[strand][static_cast<std::size_t>(codon)];
  }
  void count(std::int64_t at);
  void weigh();

  const GeneWindow& window_;
  std::int64_t weight_;
  std::int64_t most_;
  std::int64_t learned_ = 0;       // codons that begin left of this are counted
  Counts coding_{}, any_{};        // as read, on either strand
  std::array<Counts, 2> worth_{};  // by what stands on the + strand: of a gene there, of one on -
};

}  // namespace heddle::pipeline
