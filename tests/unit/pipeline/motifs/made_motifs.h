#pragma once
// Motifs and sequences made from a seed, for tests.

#include "pipeline/motifs/scored_motif.h"

#include <random>

namespace heddle::pipeline {

/// Columns between sharp and vague, with zero counts among them.
inline io::Motif made_matrix(int width, std::mt19937& random) {
  io::Motif motif;
  motif.id = "M" + std::to_string(width);
  for (int i = 0; i < width; ++i) {
    std::array<double, 4> column{};
    for (double& count : column) count = random() % 3 == 0 ? 0 : static_cast<double>(random() % 50);
    column[random() % 4] += 20;
    motif.counts.push_back(column);
  }
  return motif;
}

inline io::Motif made_pattern(const std::string& id, const std::string& letters) {
  io::Motif motif;
  motif.id = id;
  motif.pattern = letters;
  return motif;
}

/// Letters with runs of N in about `gaps` places.
inline std::string made_letters(std::size_t length, int gaps, std::mt19937& random) {
  std::string letters(length, 'A');
  for (char& letter : letters) letter = "ACGT"[random() % 4];
  for (int i = 0; i < gaps; ++i) {
    const std::size_t at = random() % length;
    const std::size_t run = std::min<std::size_t>(1 + random() % 5, length - at);
    letters.replace(at, run, std::string(run, 'N'));
  }
  return letters;
}

}  // namespace heddle::pipeline
