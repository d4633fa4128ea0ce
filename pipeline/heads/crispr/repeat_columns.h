#pragma once
// Copies of a repeat, one below the other: how much likelier each of their columns is one of copies
// than one of bases that happen to stand there.

#include "pipeline/heads/crispr/base_window.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace heddle::pipeline {

/// Columns [begin, end), counted from the copies' starts.
struct ColumnRange {
  int begin = 0;
  int end = 0;
  int length() const { return end - begin; }
};

/// For each column of a range the bases that fit, a bit each.
struct RepeatPattern {
  static constexpr int kMost = 64;
  ColumnRange range;
  std::array<std::uint8_t, kMost> fits{};

  int matches(const BaseWindow& bases, std::int64_t start) const;
};

class RepeatColumns {
 public:
  static constexpr int kReach = 96;  // columns on either side of the starts

  RepeatColumns(const BaseWindow& bases, std::span<const std::int64_t> starts);

  /// The best-scoring range of 23 to 50 columns that grows from `core`. Of a repeat that goes on
  /// beyond 50 by more than chance would, one that is longer.
  ColumnRange best_range(ColumnRange core) const;
  double bits(ColumnRange range) const;
  /// The usual base of each column, the first of equals.
  RepeatPattern consensus(ColumnRange range) const;

 private:
  int grown(int from, int step) const;
  ColumnRange best_of_length(int length, ColumnRange within) const;
  double& at(int column) { return bits_[static_cast<std::size_t>(column + kReach)]; }
  double at(int column) const { return bits_[static_cast<std::size_t>(column + kReach)]; }

  std::array<double, 2 * kReach> bits_{};
  std::array<std::uint8_t, 2 * kReach> usual_{};
};

}  // namespace heddle::pipeline
