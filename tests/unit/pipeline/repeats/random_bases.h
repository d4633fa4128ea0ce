#pragma once
// Random sequence, and copies of it that have changed.

#include <algorithm>
#include <random>
#include <string>

namespace heddle::pipeline {

inline std::string random_bases(std::size_t count, std::mt19937& random) {
  std::string bases;
  for (std::size_t i = 0; i < count; ++i) bases += "ACGT"[random() % 4];
  return bases;
}

/// A copy with this share of bases substituted.
inline std::string changed(std::string bases, double share, std::mt19937& random) {
  for (char& base : bases) {
    if (static_cast<double>(random() % 10000) >= 10000 * share) continue;
    const char before = base;
    while (base == before) base = "ACGT"[random() % 4];
  }
  return bases;
}

inline std::string reversed(std::string bases) {
  std::ranges::reverse(bases);
  for (char& base : bases) base = base == 'A' ? 'T' : base == 'T' ? 'A' : base == 'C' ? 'G' : 'C';
  return bases;
}

}  // namespace heddle::pipeline
