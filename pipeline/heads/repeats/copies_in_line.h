#pragma once
// Long arrays as the search for pairs meets them: the latest copies of a window follow each other
// at one distance. Such an array of n copies is n * n / 2 pairs, of which the one of each copy with
// the copy before says all; the others are not worth an alignment. Arrays of fewer than kCopies are
// left alone. Memory: a line. Threads: one caller.

#include <cstddef>
#include <cstdint>
#include <span>

namespace heddle::pipeline {

class CopiesInLine {
 public:
  static constexpr std::size_t kCopies = 16;

  /// A window and where its copies begin, the latest first. Windows come in ascending order.
  void see(std::int64_t window, std::span<const std::int64_t> copies);
  /// Is this copy of the window one of the array that the window is in, but not the one before?
  bool passes_over(std::int64_t window, std::int64_t copy) const;
  void reset() { *this = {}; }

 private:
  static std::int64_t period_of(std::int64_t window, std::span<const std::int64_t> copies);

  std::int64_t begin_ = 0;
  std::int64_t last_ = -1;  // window seen in the array
  std::int64_t period_ = 0;
};

}  // namespace heddle::pipeline
