#pragma once
// How far two walks along a sequence agree: gapped extension by furthest-reaching points, until
// every way on has fallen too far below the best score seen. Score: 1 a match, -2.5 a mismatch, -3
// an inserted or deleted base, so copies under 71 % identity end. What may be lost grows with what
// was earned, from 25 to 70: chance is left soon, a long repeat crosses a stretch that has changed.
// Cost: the differences met times the width of the front, which the loss bounds; independent of the
// length of what agrees.
// Source: Zhang, Schwartz, Wagner and Miller 2000, 'A greedy algorithm for aligning DNA sequences'.
// Threads: one caller at a time (it owns scratch).

#include "pipeline/heads/repeats/base_ring.h"

#include <cstdint>
#include <vector>
namespace heddle::pipeline {

struct Extent {
  std::int64_t a = 0;  // bases taken of the first walk
  std::int64_t b = 0;
  std::int64_t mismatches = 0;
  std::int64_t indels = 0;                     // bases
  std::int64_t low_shift = 0, high_shift = 0;  // a - b along the front, at its widest
  bool limited = false;  // some way on was still alive where a walk had to end

  std::int64_t twice_score() const { return 2 * matches() - 5 * mismatches - 6 * indels; }
  std::int64_t matches() const { return (a + b - 2 * mismatches - indels) / 2; }
  std::int64_t columns() const { return matches() + mismatches + indels; }
};

class Extension {
 public:
  struct Limits {
    std::int64_t a = 0;  // bases that may be taken
    std::int64_t b = 0;
    // What a - b may be: a near copy must not slip onto the sequence itself.
    std::int64_t least_shift = -(std::int64_t{1} << 30), most_shift = std::int64_t{1} << 30;
  };
  /// `earned`: twice the score that the alignment has already on its other side.
  Extent extend(const Walk& a, const Walk& b, Limits most, std::int64_t earned);
  /// Points of fronts looked at so far, over all calls.
  std::int64_t work() const { return work_; }

 private:
  /// Furthest-reaching points by diagonal a - b, with two dead ones on each side.
  struct Front {
    std::vector<std::int32_t> reaches;  // furthest base of the first walk, negative: dead
    std::vector<std::int32_t> indels;
    std::int32_t low = 0;  // diagonal of reaches[2]
    std::int32_t size = 0;
    void resize(std::int32_t new_low, std::int32_t new_size);
    void narrow();
  };
  struct Ways {
    const Walk& a;
    const Walk& b;
    Limits most;
  };
  void advance(const Ways& ways, std::int32_t differences, Extent& best);
  /// Slides along agreement from base `a` of the first walk; negative where it falls too far
  /// behind.
  std::int32_t slide(const Ways& ways,
                     std::int32_t a,
                     std::int32_t diagonal,
                     std::int32_t differences);

  std::int64_t earned_ = 0;
  std::int64_t best_score_ = 0;  // all scores are doubled: whole numbers
  bool limited_ = false;
  bool better_ = false;  // the last slide made the best score
  std::int64_t work_ = 0;
  Front front_, next_;
};

}  // namespace heddle::pipeline
