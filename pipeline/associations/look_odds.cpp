#include "pipeline/associations/look_odds.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr double kMemory = 300;           // sights that are remembered
constexpr double kLeastVariance = 0.001;  // the sights of a second say little about a minute

}  // namespace

void LookOdds::learn(Kind& kind, double likeness) {
  kind.count = std::min(kind.count + 1, kMemory);
  const double gain = 1 / kind.count, off = likeness - kind.mean;
  kind.mean += gain * off;
  kind.variance = (1 - gain) * (kind.variance + gain * off * off);
}

double LookOdds::variance() const {
  return std::max((own_.variance + other_.variance) / 2, kLeastVariance);
}

double LookOdds::of(double likeness) const {
  const double apart = std::max(0.0, own_.mean - other_.mean);
  const double middle = (own_.mean + other_.mean) / 2;
  return std::clamp((likeness - middle) * apart / variance(), -kMost, kMost);
}

double LookOdds::distinctness() const {
  return std::max(0.0, own_.mean - other_.mean) / std::sqrt(variance());
}

}  // namespace heddle::pipeline
