#pragma once
// A stretch of sequence against a pattern repeated without end: how far it goes on, what its copies
// agree on.
//
// Score: 2 a match, -7 a mismatch or an inserted or deleted base; the alignment grows from an
// anchor in both directions until it has lost 50. The band follows the best way, 10 bases to each
// side. The pattern is one copy; then, aligned with half the costs, the majority of all copies:
// what scores better stays. Memory: 21 bytes a base of the array, kLongest bases at most. Threads:
// one caller. Source of the idea and of the scores: Benson 1999, 'Tandem repeats finder'.

#include "pipeline/heads/repeats/base_ring.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct TandemArray {
  std::int64_t begin = 0, end = 0;
  int period = 0;
  std::int64_t score = 0;
  std::int64_t matches = 0, columns = 0;  // against the consensus
  std::vector<std::uint8_t> consensus;    // (period), codes
  bool limited = false;                   // it went on where the bases end

  double copies() const { return static_cast<double>(end - begin) / period; }
  double identity() const { return static_cast<double>(matches) / static_cast<double>(columns); }
};

class PeriodicAlignment {
 public:
  static constexpr std::int64_t kLongest = std::int64_t{1} << 18;  // bases to each side

  /// The array around the copy [anchor, anchor + period).
  TandemArray align(const BaseRing& bases, std::int64_t anchor, int period);

 private:
  static constexpr int kHalf = 10;
  static constexpr int kBand = 2 * kHalf + 1;
  struct Row {
    std::int64_t middle;       // column of the pattern, unrolled, at the band's middle
    std::uint8_t from[kBand];  // where each cell came from
  };
  struct Best {
    std::int64_t score = 0;
    std::int64_t row = 0;  // bases taken
    int cell = kHalf;
  };
  TandemArray fit(const BaseRing& bases, std::int64_t anchor);
  Best grow(const Walk& walk, std::int64_t most, bool forward);
  int fill(Row& row, std::uint8_t base, int moved, bool forward);
  void trace(const Walk& walk, const Best& best, bool forward, TandemArray& array);
  std::int64_t place_of(std::int64_t column, bool forward) const;
  void settle_consensus();

  std::vector<std::uint8_t> pattern_;
  std::vector<std::int32_t> votes_;  // (period, 4)
  std::vector<Row> rows_;
  std::int64_t difference_ = 0;  // what one takes from the score
  std::int64_t scores_[kBand] = {};
  std::int64_t next_[kBand] = {};
};

}  // namespace heddle::pipeline
