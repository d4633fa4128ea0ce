#pragma once
// Seeds counted, not drawn: what is random about sample 7 of step 1000 depends on these numbers
// alone, not on what was drawn before. A resumed run, and a run with other threads, therefore see
// the same data without any generator's state in a checkpoint. Threads: plain functions.
// Errors: none.

#include <cstdint>
#include <initializer_list>

namespace heddle::attention::train {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of `x` reaches every bit.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// One seed for a path of numbers, as {seed, step, sample}. The order counts.
constexpr std::uint64_t seed_of(std::initializer_list<std::uint64_t> path) {
  std::uint64_t seed = 0;
  for (const std::uint64_t number : path) seed = mixed(seed ^ mixed(number));
  return seed;
}

}  // namespace heddle::attention::train
