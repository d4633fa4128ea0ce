#pragma once
// The best pairs of every locus of 64 bases: while the sequence is read, at most so many whose
// later end lies there, first come; in the end at most so many with either end, the better score
// first, then the lower position. Then, where an end has fewer than eight, the best of those left
// out come back: its partners are full, and every copy of a large family is to be told.
//
// Memory: the pairs kept, at most 2^22 (when full, the worse half goes), and two bytes a locus.
// Threads: one caller.

#include "pipeline/heads/repeats/repeat_pair.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

class PairSelection {
 public:
  PairSelection(int per_locus, double min_identity)
      : per_locus_(per_locus), min_identity_(min_identity) {}

  /// Pairs and attempts with their later end here that every locus of this stretch has, at least:
  /// one that has many copies inside a longer one must not hide it.
  int depth(std::int64_t begin, std::int64_t end) const;
  /// An alignment here made no pair: it counts as one.
  void add_attempt(std::int64_t begin, std::int64_t end) { claim(begin, end); }
  void add(const RepeatPair& pair);
  /// Everything kept, by position; starts anew.
  std::vector<RepeatPair> finish();
  void reset();

 private:
  void claim(std::int64_t begin, std::int64_t end);

  const int per_locus_;
  const double min_identity_;         // of joined pairs
  std::vector<std::uint16_t> depth_;  // by locus
  std::vector<RepeatPair> kept_;
};

}  // namespace heddle::pipeline
