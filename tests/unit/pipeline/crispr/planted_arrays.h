#pragma once
// Sequence with CRISPR arrays in it whose places are known, and with what is like them and is none.

#include "pipeline/heads/crispr/crispr_search.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace heddle::pipeline {

/// Bases with this share of G and C, each independent of the others.
inline std::string bases_of_gc(std::size_t count, double gc, std::mt19937& random) {
  std::string bases;
  for (std::size_t i = 0; i < count; ++i) {
    const bool strong = static_cast<double>(random() % 10000) < 10000 * gc;
    bases += (strong ? "CG" : "AT")[random() % 2];
  }
  return bases;
}

/// Bases that follow one another as in the tests' genome: every six as often as there.
class LikeAGenome {
 public:
  LikeAGenome() {
    std::ifstream file(HEDDLE_TEST_DATA "/house/genome.fa");
    std::string genome;
    for (std::string line; std::getline(file, line);) genome += line[0] == '>' ? "" : line;
    for (std::size_t i = kBefore; i < genome.size(); ++i) {
      next_[genome.substr(i - kBefore, kBefore)] += genome[i];
    }
    start_ = genome.substr(0, kBefore);
  }
  std::string bases(std::size_t count, std::mt19937& random) const {
    std::string bases = start_;
    while (bases.size() < count) {
      const auto found = next_.find(bases.substr(bases.size() - kBefore));
      bases += found == next_.end() ? "ACGT"[random() % 4]
                                    : found->second[random() % found->second.size()];
    }
    return bases.substr(0, count);
  }

 private:
  static constexpr std::size_t kBefore = 5;
  std::map<std::string, std::string> next_;
  std::string start_;
};

/// A copy in which so many bases are others.
inline std::string mutated(std::string bases, int changes, std::mt19937& random) {
  for (int i = 0; i < changes; ++i) {
    char& base = bases[random() % bases.size()];
    const char before = base;
    while (base == before) base = "ACGT"[random() % 4];
  }
  return bases;
}

struct ArrayPlan {
  std::size_t repeat = 30, spacer = 34, copies = 8;
  int changes = 2;   // of a repeat, at most
  bool cut = false;  // the last repeat
  double gc = 0.5;
};

inline ArrayPlan any_plan(double gc, std::mt19937& random) {
  return {23 + random() % 25, 26 + random() % 25, 3 + random() % 58, 2, random() % 2 == 0, gc};
}

inline std::string array_of(const ArrayPlan& plan, std::mt19937& random) {
  const std::string repeat = bases_of_gc(plan.repeat, plan.gc, random);
  std::string bases;
  for (std::size_t i = 0; i < plan.copies; ++i) {
    const auto changes = static_cast<int>(random() % static_cast<unsigned>(plan.changes + 1));
    std::string copy = mutated(repeat, changes, random);
    const bool last = i + 1 == plan.copies;
    if (last && plan.cut) copy.resize(copy.size() * (40 + random() % 50) / 100);
    bases += copy;
    const std::size_t spacer = std::clamp<std::size_t>(plan.spacer + random() % 5 - 2, 26, 50);
    if (!last) bases += bases_of_gc(spacer, plan.gc, random);
  }
  return bases;
}

using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;

inline Places places_of(const std::vector<CrisprArray>& arrays) {
  Places places;
  for (const CrisprArray& array : arrays) places.emplace_back(array.begin(), array.end());
  return places;
}

/// In pieces of `piece` bases; a large one: at once.
inline std::vector<CrisprArray> arrays_in(std::string_view bases,
                                          std::size_t piece = std::size_t{1} << 30,
                                          bool circular = false) {
  CrisprSearch search;
  std::vector<CrisprArray> found;
  search.begin(circular);
  for (std::size_t at = 0; at < bases.size(); at += piece) {
    search.push(bases.substr(at, piece), found);
  }
  search.finish(found);
  return found;
}

/// Those of `truth` that one of `found` shares four fifths with, of either.
inline int shared(const Places& truth, const Places& found) {
  int count = 0;
  for (const auto& [begin, end] : truth) {
    count += static_cast<int>(std::ranges::any_of(found, [&](const auto& one) {
      const std::int64_t both = std::min(end, one.second) - std::max(begin, one.first);
      return 5 * both >= 4 * (end - begin) && 5 * both >= 4 * (one.second - one.first);
    }));
  }
  return count;
}

}  // namespace heddle::pipeline
