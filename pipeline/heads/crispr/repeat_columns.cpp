#include "pipeline/heads/crispr/repeat_columns.h"

#include "pipeline/heads/crispr/crispr_array.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr double kAlike = 0.95;              // a copy has the repeat's base
constexpr double kOther = (1 - kAlike) / 3;  // or one of the three others
constexpr double kDrop = 16;                 // bits that a range may lose on its way to more
constexpr int kLongByChance = 6;             // columns

using Counts = std::array<int, BaseWindow::kNone + 1>;

/// How often each base stands about the copies: what is common there says less.
std::array<double, 4> background(const BaseWindow& bases, std::span<const std::int64_t> starts) {
  constexpr double kAdded = 8;
  Counts counts{};
  const std::int64_t to = starts.back() + kLongestRepeat;
  for (std::int64_t at = starts.front() - kLongestRepeat; at < to; ++at) {
    ++counts[static_cast<std::size_t>(bases[at])];
  }
  double all = 4 * kAdded;
  for (std::size_t base = 0; base < 4; ++base) all += counts[base];
  std::array<double, 4> shares{};
  for (std::size_t base = 0; base < 4; ++base) shares[base] = (counts[base] + kAdded) / all;
  return shares;
}

/// log2 of P(column | copies of `usual`) / P(column | chance). N says nothing.
double column_bits(const Counts& counts, std::size_t usual, const std::array<double, 4>& chance) {
  double bits = std::log2(chance[usual]);
  for (std::size_t base = 0; base < 4; ++base) {
    bits += counts[base] * std::log2((base == usual ? kAlike : kOther) / chance[base]);
  }
  return bits;
}

}  // namespace

int RepeatPattern::matches(const BaseWindow& bases, std::int64_t start) const {
  int count = 0;
  for (int column = range.begin; column < range.end; ++column) {
    count += fits[static_cast<std::size_t>(column - range.begin)] >> bases[start + column] & 1;
  }
  return count;
}

RepeatColumns::RepeatColumns(const BaseWindow& bases, std::span<const std::int64_t> starts) {
  const std::array<double, 4> chance = background(bases, starts);
  for (int column = -kReach; column < kReach; ++column) {
    Counts counts{};
    for (const std::int64_t start : starts) {
      ++counts[static_cast<std::size_t>(bases[start + column])];
    }
    const auto usual = static_cast<std::size_t>(
        std::max_element(counts.begin(), counts.begin() + 4) - counts.begin());
    usual_[static_cast<std::size_t>(column + kReach)] = static_cast<std::uint8_t>(usual);
    at(column) = column_bits(counts, usual, chance);
  }
}

/// Where the best range ends that goes from `from` in steps of 1 or -1.
int RepeatColumns::grown(int from, int step) const {
  double sum = 0, best = 0;
  int end = from;
  for (int column = step > 0 ? from : from - 1; column >= -kReach && column < kReach;
       column += step) {
    sum += at(column);
    if (sum > best) {
      best = sum;
      end = step > 0 ? column + 1 : column;
    }
    if (sum < best - kDrop) break;
  }
  return end;
}

ColumnRange RepeatColumns::best_of_length(int length, ColumnRange within) const {
  within.begin = std::max(within.begin, -kReach);
  within.end = std::min(within.end, kReach);
  ColumnRange best{within.begin, within.begin + length};
  double most = bits(best);
  for (int begin = within.begin + 1; begin + length <= within.end; ++begin) {
    const double sum = bits({begin, begin + length});
    if (sum > most) best = {begin, begin + length};
    most = std::max(most, sum);
  }
  return best;
}

ColumnRange RepeatColumns::best_range(ColumnRange core) const {
  const int middle = (core.begin + core.end) / 2;
  const ColumnRange range{grown(middle, -1), grown(middle, 1)};
  const int length = range.length();
  if (length > kLongestRepeat + kLongByChance) return range;
  if (length > kLongestRepeat) return best_of_length(kLongestRepeat, range);
  if (length >= kShortestRepeat) return range;
  const int missing = kShortestRepeat - length;
  return best_of_length(kShortestRepeat, {range.begin - missing, range.end + missing});
}

double RepeatColumns::bits(ColumnRange range) const {
  double sum = 0;
  for (int column = range.begin; column < range.end; ++column) sum += at(column);
  return sum;
}

RepeatPattern RepeatColumns::consensus(ColumnRange range) const {
  RepeatPattern pattern{range, {}};
  for (int column = range.begin; column < range.end; ++column) {
    pattern.fits[static_cast<std::size_t>(column - range.begin)] =
        static_cast<std::uint8_t>(1 << usual_[static_cast<std::size_t>(column + kReach)]);
  }
  return pattern;
}

}  // namespace heddle::pipeline
