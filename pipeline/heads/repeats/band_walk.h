#pragma once
// How a band (band_growth.h) moves along the bases and the pattern, whoever computes its rows.

#include "pipeline/heads/repeats/band_growth.h"

namespace heddle::pipeline {

constexpr int kBaseMatch = 2;
constexpr std::int16_t kDeadScore = -20000;  // 2 a base lift it by no more than 16,384

class BandWalk {
 public:
  explicit BandWalk(const BandTask& task) : task_(task) {
    place_ = (task.place - kBandHalf - 1) % task.period;
    if (place_ < 0) place_ += task.period;
  }
  bool goes_on() const { return taken_ < task_.most && score_ >= best_.score - task_.drop; }
  /// To the next base: columns by which the band moves beyond the one that every base takes.
  int step() {
    const int drift = cell_ > kBandHalf ? 1 : (cell_ < kBandHalf ? -1 : 0);
    base_ = task_.bases[task_.forward ? task_.at + taken_ : task_.at - taken_ - 1];
    middle_ += 1 + drift;
    place_ += 1 + drift;
    while (place_ >= task_.period) place_ -= task_.period;
    ++taken_;
    return drift;
  }
  std::uint8_t base() const { return base_; }
  std::int64_t middle() const { return middle_; }
  /// What stands at the band's cells.
  const std::uint8_t* pattern() const { return task_.pattern + place_; }
  /// The best cell of the row and its score.
  void reach(int cell, int score) {
    cell_ = cell;
    score_ = score;
    if (score >= best_.score || taken_ == task_.least) best_ = {score, taken_, cell};
  }
  /// The walk is over.
  BandBest end() const {
    BandBest best = best_;
    best.rows = taken_;
    return best;
  }

 private:
  const BandTask& task_;
  BandBest best_;
  std::int64_t taken_ = 0, middle_ = 0;
  int place_ = 0, cell_ = kBandHalf, score_ = 0;
  std::uint8_t base_ = 0;
};

}  // namespace heddle::pipeline
