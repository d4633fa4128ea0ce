#pragma once
// Random numbers from engines whose every bit is laid down, which the standard's distributions are
// not. Normals, angles and logarithms go through the C library's log, cos and pow, whose last bits
// are its own: the same build gives the same numbers there, another nearly the same.
//
// Who draws twice for one expression names the draws first: C++ leaves the order of operands and
// of arguments open.
// Threads: one object a thread.

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <random>

namespace heddle::pipeline {

/// Steele, Lea and Flood 2014.
class SplitMix64 {
 public:
  using result_type = std::uint64_t;
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

/// `Engine` gives 64 random bits a call.
template <typename Engine>
class DrawsOf {
 public:
  explicit DrawsOf(std::uint64_t seed) : engine_(seed) {}

  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double log_uniform(double low, double high) { return low * std::pow(high / low, uniform()); }
  double angle() { return uniform(0, 2 * std::numbers::pi); }
  /// Mean 0, standard deviation 1 (Box and Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(angle());
  }
  int below(int n) { return static_cast<int>(uniform() * n); }
  bool chance(double probability) { return uniform() < probability; }
  double sign() { return chance(0.5) ? 1 : -1; }

 private:
  Engine engine_;
};

// Two engines: measurements on the clips of the occlusion suite and on simulated detectors are
// published with what each has drawn.
using ClipDraws = DrawsOf<std::mt19937_64>;
using NoiseDraws = DrawsOf<SplitMix64>;

}  // namespace heddle::pipeline
