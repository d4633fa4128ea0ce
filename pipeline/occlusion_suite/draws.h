#pragma once
// Random numbers that are the same with every compiler and library: the standard fixes its engines,
// not its distributions.
// Threads: one object a thread.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace heddle::pipeline {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : engine_(seed) {}

  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double log_uniform(double low, double high) { return low * std::pow(high / low, uniform()); }
  double angle() { return uniform(0, 2 * std::numbers::pi); }
  double normal() {  // Box and Muller 1958
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(angle());
  }
  int below(int n) { return static_cast<int>(uniform() * n); }
  bool chance(double p) { return uniform() < p; }
  double sign() { return chance(0.5) ? 1 : -1; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace heddle::pipeline
