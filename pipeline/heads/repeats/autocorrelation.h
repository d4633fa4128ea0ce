#pragma once
// Where a sequence agrees with itself at a short distance: every distance from 1 to the longest
// period against every base, 64 bases a step.
//
// 64 bases count as agreeing at a distance when 21 of some 32 there, or 17 of 24, equal the base
// that far back (chance: 8 to 11, 6 to 8), or 9 such stand in a row; for distances to 60 also 13 of
// 16 or 7 in a row. Memory: 7 bits a base of the block. Threads: one caller (it owns scratch).

#include "pipeline/heads/repeats/base_ring.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace heddle::pipeline {

struct Echo {
  int distance = 0;
  std::int64_t begin = 0;  // of the 64 later bases
  std::int64_t run = 0;    // where the longest unbroken agreement in there begins
};

/// Bases that an array takes; empty: none.
struct Span {
  std::int64_t begin = 0, end = 0;
  bool empty() const { return end <= begin; }
};

class Autocorrelation {
 public:
  explicit Autocorrelation(int longest);

  /// Shows the echoes whose later bases lie in [begin, end), by distance, then position. `begin` is
  /// a multiple of 64; bases up to `longest` before it are looked at where the ring holds them.
  /// Words with a `skip` that is not zero are passed over; `see` may set more, and tells what it
  /// found: where an unbroken run lies outside of it, the word is shown once more.
  void echoes(const BaseRing& bases,
              std::int64_t begin,
              std::int64_t end,
              const std::vector<std::uint8_t>& skip,
              const std::function<Span(const Echo&)>& see);

 private:
  void load(const BaseRing& bases, std::int64_t begin, std::int64_t end);
  Span longest_run(std::size_t word, Span without) const;

  const int longest_;
  const std::size_t back_;                         // words before the block
  std::size_t words_ = 0;                          // of the block
  std::vector<std::uint64_t> low_, high_, known_;  // bits of the codes, by word from -back_
  std::vector<std::uint64_t> same_;                // by word of the block, one zero word before it
  std::vector<std::uint32_t> agreeing_;            // words
};

}  // namespace heddle::pipeline
