#pragma once
// The dynamic programme: the best labeling of a sequence with genes, exactly, one boundary between
// bases at a time. 28 states: on each strand no gene or one of three frames (16 pairs, so genes may
// overlap across strands), and two genes of one strand overlapping while the other strand is empty
// (6 for each strand). Scores are fixed point, ties keep the older labeling: the same result
// everywhere. Owned by one decoder, not shared between threads.
//
// A labeling's score: evidence of every coding base in its frame (where two genes of a strand
// overlap, the better of the two; clipped at GenePrices::clean_limit in sequence without
// errors), plus what its codons are worth (codon_usage.h), plus what each start is worth
// (gene_starts.h), minus the prices of gene_options.h.

#include "pipeline/heads/genes/codon_usage.h"
#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_paths.h"
#include "pipeline/heads/genes/gene_starts.h"
#include "pipeline/heads/genes/gene_window.h"

#include <array>
#include <cstdint>
#include <optional>

namespace heddle::pipeline {

class GeneLattice {
 public:
  /// Borrows both.
  GeneLattice(const GeneWindow& window, const GeneOptions& options);

  /// Back to the beginning of a sequence. With `errors` frameshifts and stops read through are
  /// allowed.
  void clear(const std::optional<ErrorPrices>& errors);
  /// Learns the codon usage of what is left of `to` beforehand; what position() passes it learns by
  /// itself.
  void learn(std::int64_t to) { usage_.learn(to); }
  std::int64_t position() const { return at_; }
  std::int64_t lookahead() const { return starts_.lookahead(); }
  /// Passes boundary position() and the base right of it. The window must reach lookahead() bases
  /// beyond, or be at the sequence's end.
  void advance();
  /// Ends at position(); afterwards only the empty state is possible. With `at_edge` genes may run
  /// off here, otherwise all must have closed.
  void end(bool at_edge);
  /// The score of the best labeling that has no gene open at position().
  std::int64_t score() const { return live_[0].score; }

  /// Hands out what all labelings under consideration agree on.
  void settle(const GenePaths::Decided& decided) { paths_.settle(live_, decided); }
  /// Drops all labelings that disagree with the best one left of `position`.
  void force(std::int64_t position);
  std::int64_t oldest_undecided() const { return paths_.oldest(at_); }
  void snapshot(io::Snapshot& s) {
    s(paths_,
      usage_,
      shift_price_,
      read_through_,
      limit_,
      at_,
      in_gap_,
      edge_,
      minus_stop_,
      sum_,
      live_,
      past_sum_);
  }

 private:
  static constexpr int kStates = 28;
  static constexpr int kHistory = 8;  // boundaries a damaged codon may reach back, a power of two

  struct Prices {
    std::int64_t gene, open_end, same_strand, same_strand_base, other_strand, other_strand_base;
  };

  void pass_boundary();
  void close_plus();
  void close_minus();
  void shift_frames();
  void arrive(bool plus, int lag);
  bool tail_is_short(bool plus, std::int64_t from) const;
  void open_plus();
  void open_minus();
  void open_at_edge();
  void close_at_edge();
  void enter_gap();
  std::array<std::int64_t, 3> evidence_by_frame(bool plus, std::int64_t at) const;
  void add_base();
  void move(int from, int to, std::int64_t worth, const GeneEvent& event);
  void stop_in_frame(int state);
  std::int64_t overlap_price(std::int64_t bases) const;
  std::int64_t bases_to_stop(int frame) const;
  GeneEvent event(GeneEvent::Kind kind, char strand, int frame, std::int64_t worth) const;
  GenePath& past(bool plus, std::int64_t at);

  const GeneWindow& window_;
  const GeneOptions& options_;
  GeneStarts starts_;
  CodonUsage usage_;
  GenePaths paths_;
  Prices prices_;
  std::int64_t limit_ = 0;                   // of a base's evidence
  std::optional<std::int64_t> shift_price_;  // nothing: reading frames are never left
  std::int64_t read_through_ = 0;            // price of it, where frames may be left

  std::int64_t at_ = 0;
  bool in_gap_ = false;
  std::int64_t edge_ = 0;                             // where the sequence or the last gap ended
  std::array<std::int64_t, 3> minus_stop_{};          // last - stop codon of each frame, -1: none
  std::array<std::array<std::int64_t, 3>, 2> sum_{};  // evidence so far: + then - strand, by frame
  // The states, then for each strand the one-gene state of the boundary's own frame, as it was
  // kHistory boundaries back.
  std::array<GenePath, kStates + 2 * kHistory> live_{};
  std::array<std::array<std::int64_t, kHistory>, 2> past_sum_{};
};

}  // namespace heddle::pipeline
