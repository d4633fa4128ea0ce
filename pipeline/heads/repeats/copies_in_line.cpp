#include "pipeline/heads/repeats/copies_in_line.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kReach =
    2;  // periods for which a line goes on without a window that is in it
constexpr std::int64_t kBreak = 8;  // periods that copies of one line are apart, at most

}  // namespace

/// The least distance between neighbours, if most distances are multiples of it, give or take a
/// sixteenth for indels; else 0.
std::int64_t CopiesInLine::period_of(std::int64_t window, std::span<const std::int64_t> copies) {
  if (copies.size() < kCopies) return 0;
  std::int64_t period = window - copies[0];
  for (std::size_t i = 1; i < kCopies; ++i) period = std::min(period, copies[i - 1] - copies[i]);
  std::size_t fit = 0;
  for (const std::int64_t copy : copies.first(kCopies)) {
    const std::int64_t rest = (window - copy) % period;
    fit += std::min(rest, period - rest) <= period / 16 ? 1 : 0;
  }
  return 4 * fit >= 3 * kCopies ? period : 0;
}

void CopiesInLine::see(std::int64_t window, std::span<const std::int64_t> copies) {
  const std::int64_t period = period_of(window, copies);
  if (period == 0) return;
  const bool new_line = last_ < 0 || window - last_ > kReach * period_;
  period_ = new_line ? period : std::min(period_, period);
  std::int64_t begin = window;
  for (const std::int64_t copy : copies) {
    if (begin - copy > kBreak * period) break;
    begin = copy;
  }
  begin_ = new_line ? begin : std::min(begin_, begin);
  last_ = window;
}

bool CopiesInLine::passes_over(std::int64_t window, std::int64_t copy) const {
  return last_ >= 0 && window - last_ <= kReach * period_ && copy >= begin_ &&
         2 * (window - copy) > 3 * period_;
}

}  // namespace heddle::pipeline
