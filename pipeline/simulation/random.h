#pragma once
// Random numbers that are the same on every machine, which the standard library's distributions are
// not: splitmix64 (Steele et al. 2014), normals by Box and Muller.
// Threads: one object a thread.

#include <cmath>
#include <cstdint>
#include <numbers>

namespace heddle::pipeline {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// 0 <= x < 1.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  /// Mean 0, standard deviation 1.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace heddle::pipeline
