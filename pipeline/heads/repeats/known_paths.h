#pragma once
// Which runs lie on alignments that are known already. Alignments are entered under the bands of
// diagonals they cross; those that lie wholly behind are forgotten. Threads: one caller.

#include "pipeline/heads/repeats/diagonals.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace heddle::pipeline {

class KnownPaths {
 public:
  struct Path {
    std::int64_t begin = 0, end = 0;  // of q
    std::int64_t low = 0, high = 0;   // diagonals
    bool inverted = false;
  };
  void add(const Path& path);
  bool holds(const Run& run) const;
  /// Nothing that ends before q will be asked for.
  void forget_before(std::int64_t q);
  void reset() { bands_.clear(); }

 private:
  std::unordered_map<std::int64_t, std::vector<Path>> bands_;
};

}  // namespace heddle::pipeline
