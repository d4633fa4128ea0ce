#pragma once
// From two places with a word in common to an array: a third repeat at the same distance, further
// ones to either side by the consensus, the repeat's ends by its columns, and what speaks against
// it (what the spacers must not be: array_checks.h). Threads: plain functions.

#include "pipeline/heads/crispr/base_window.h"
#include "pipeline/heads/crispr/crispr_array.h"
#include "pipeline/heads/crispr/repeat_columns.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

/// Bases to the right of a repeat's start that must be there before it is looked for another.
inline constexpr std::int64_t kLooksAhead = 512;
/// Bases from the first repeat's start to the last one's, at most: longer arrays are told in parts.
inline constexpr std::int64_t kLongestArray = 1 << 16;

/// An array that grows.
struct ArrayDraft {
  std::vector<std::int64_t> starts;  // of its repeats, ascending
  int length = 0;                    // of a repeat

  /// Mean distance of neighbours.
  std::int64_t period() const;
  void snapshot(auto& s) { s(starts, length); }
};

/// Two places that agree: columns [left, right) about the starts of a common word, at `second` and
/// `distance` bases before it.
struct Agreement {
  std::int64_t second = 0;
  std::int64_t distance = 0;
  int left = 0;
  int right = 0;
  /// More than two copies of a repeat can have by chance: a tandem repeat, or a longer one.
  bool too_long() const;
};
Agreement agreement_of(const BaseWindow& bases, std::int64_t second, std::int64_t distance);

/// The array of three that two such places begin; none where there is no third, or something speaks
/// against it. Nothing of it lies left of `floor`.
std::optional<ArrayDraft> begun_array(const BaseWindow& bases,
                                      const Agreement& pair,
                                      std::int64_t floor);

/// Adds the repeat before the first; false: there is none.
bool grow_left(const BaseWindow& bases, ArrayDraft& draft, std::int64_t floor);
/// Adds the one behind the last; false: there is none. Sees kLooksAhead bases from there.
bool grow_right(const BaseWindow& bases, ArrayDraft& draft);

/// The grown array, its ends settled, with what is left of a repeat on either side; none where
/// something speaks against it.
std::optional<CrisprArray> finished_array(const BaseWindow& bases,
                                          ArrayDraft draft,
                                          std::int64_t floor);

}  // namespace heddle::pipeline
