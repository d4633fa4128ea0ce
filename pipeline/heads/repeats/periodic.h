#pragma once
// A stretch of sequence against a pattern repeated without end: how far it goes on, what its copies
// agree on.
//
// Score: 2 a match, -7 a mismatch or an inserted or deleted base; the alignment grows from an
// anchor in both directions until it has lost 75. The band follows the best way, 10 bases to each
// side. The pattern is one copy; then what the majority of the copies within kPiece bases of the
// anchor say, bases they have in addition or not at all included, so that the period may change;
// aligned with the full costs, and once more with half of them at first. What scores best stays,
// and is followed to the array's ends in pieces of that length. An array that goes on where the
// bases end is taken up again by resume(). Time: linear in the array. Memory: 0.3 MB. Threads: one
// caller. Source of the idea and of the scores: Benson 1999, 'Tandem repeats finder'.

#include "pipeline/heads/repeats/band_growth.h"
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
  int next_place = 0;                     // of the consensus: where the base at `end` would stand

  std::int64_t length() const { return end - begin; }
  double copies() const { return static_cast<double>(length()) / period; }
  double identity() const { return static_cast<double>(matches) / static_cast<double>(columns); }
};

class PeriodicAlignment {
 public:
  static constexpr std::int64_t kPiece = 8192;  // bases aligned before what is best is settled

  PeriodicAlignment();

  /// The array around the copy [anchor, anchor + period), of about this period. One that scores
  /// best with less than two copies is stretched to two if it still has `least_score` then.
  TandemArray align(const BaseRing& bases,
                    std::int64_t anchor,
                    int period,
                    std::int64_t least_score);
  /// Goes on from the end of an array that was limited.
  void resume(const BaseRing& bases, TandemArray& array);
  /// Bases aligned so far, over all calls.
  std::int64_t work() const { return work_; }

 private:
  /// One way from the anchor and what was settled of it.
  struct Leg {
    bool forward = true;
    std::int64_t at = 0;  // the walk goes on here
    int place = 0;        // of the pattern (the way back reads it from its end)
    std::int64_t score = 0, matches = 0, columns = 0;
    bool limited = false;  // alive where the bases end
    bool full = false;     // alive where the piece ended
  };
  struct Fit {
    Leg right, left;
    std::vector<std::uint8_t> pattern;
    std::int64_t score() const { return right.score + left.score; }
  };
  void use(const std::vector<std::uint8_t>& pattern, int difference);
  Fit fit(const BaseRing& bases, std::int64_t anchor);
  Fit settle(const BaseRing& bases,
             std::int64_t anchor,
             const std::vector<std::uint8_t>& copy,
             int cost);
  void follow(const BaseRing& bases, Leg& leg);
  void take_piece(const BaseRing& bases, Leg& leg, std::int64_t least = 0);
  BandBest grow(const BaseRing& bases, const Leg& leg, std::int64_t least, std::int64_t most);
  void stretch(const BaseRing& bases, std::int64_t anchor, std::int64_t least, Fit& fit);
  void trace(const BaseRing& bases, const BandBest& best, Leg& leg);
  void vote(const Leg& leg, std::int64_t columns, int from, std::uint8_t base);
  std::vector<std::uint8_t> consensus() const;

  std::vector<std::uint8_t> pattern_;
  std::vector<std::uint8_t> ahead_, back_;  // the pattern as either way reads it, and more
  struct Votes {
    std::int32_t base[4], more[4];  // for a base in this place, for one more behind it
    std::int32_t gone;
  };
  std::vector<Votes> votes_;  // (period)
  std::vector<BandRow> rows_;
  int difference_ = 0;  // what one takes from the score
  std::int64_t work_ = 0;
};

}  // namespace heddle::pipeline
