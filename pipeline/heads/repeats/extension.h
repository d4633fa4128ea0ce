#pragma once
// How far two walks along a sequence agree: gapped extension by furthest-reaching points, until
// every way on has fallen too far below the best score seen. Score: 1 a match, -2.5 a mismatch, -3
// an inserted or deleted base, so copies under 71 % identity end. What may be lost grows with what
// was earned, from 25 to 70: a quarter of it; chance is left soon, a long repeat crosses a stretch
// that has changed. Cost: the differences met times the width of the front, which the loss bounds;
// independent of the length of what agrees. Source: Zhang, Schwartz, Wagner and Miller 2000, 'A
// greedy algorithm for aligning DNA sequences'. Threads: one caller at a time (it owns scratch).

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
  Extension();
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
  /// The bases of a walk as they are met, in pieces: code by step, then kStop, which agrees with
  /// nothing of the other one.
  class Strip {
   public:
    explicit Strip(std::uint8_t stop) : stop_(stop) {}
    void begin(const Walk& walk, std::int64_t most);
    /// There are more bases than read so far.
    bool more() const { return read_ < most_; }
    void read_more();
    std::int64_t read() const { return read_; }
    std::int64_t most() const { return most_; }
    /// At least eight stops follow.
    const std::uint8_t* codes() const { return codes_.data(); }

   private:
    const std::uint8_t stop_;
    const Walk* walk_ = nullptr;
    std::int64_t most_ = 0, read_ = 0;
    std::vector<std::uint8_t> codes_;
  };
  using Point = std::int64_t;  // how far a way reaches in the first walk, and its indels
  /// Furthest-reaching points by diagonal a - b, with two dead ones on each side.
  struct Front {
    std::vector<Point> points;
    std::size_t first = 0;  // place of the lowest diagonal
    std::int32_t low = 0;   // that diagonal
    std::int32_t size = 0;
    void resize(std::int32_t new_low, std::int32_t new_size);
    void narrow(std::int64_t least);
    void fence();
  };
  std::int64_t advance(std::int32_t differences, const Limits& most, Extent& best);
  std::int32_t slide(std::int32_t a, std::int32_t diagonal);
  void settle(std::int64_t score);

  Strip a_, b_;
  std::int64_t earned_ = 0;
  std::int64_t best_score_ = 0;   // all scores are doubled: whole numbers
  std::int64_t least_score_ = 0;  // below, a way on has fallen too far behind
  bool limited_ = false;
  std::int64_t work_ = 0;
  Front front_, next_;
};

}  // namespace heddle::pipeline
