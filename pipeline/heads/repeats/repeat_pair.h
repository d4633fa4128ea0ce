#pragma once
// Two stretches of one sequence that are copies, while their sequence is being read.

#include <algorithm>
#include <cstdint>

namespace heddle::pipeline {

struct RepeatPair {
  std::int64_t begin = 0, end = 0;              // the later end
  std::int64_t early_begin = 0, early_end = 0;  // the earlier one
  std::int64_t matches = 0;
  std::int64_t columns = 0;  // of the alignment
  std::int64_t score = 0;    // doubled: 2 a match, -5 a mismatch, -6 an indel base
  bool inverted = false;

  double identity() const {
    return columns > 0 ? static_cast<double>(matches) / static_cast<double>(columns) : 0;
  }
  std::int64_t length() const { return std::min(end - begin, early_end - early_begin); }
  /// Bases that both ends have in common: an array's copies run into each other.
  std::int64_t self_overlap() const {
    return std::max<std::int64_t>(0, std::min(end, early_end) - std::max(begin, early_begin));
  }
};

}  // namespace heddle::pipeline
