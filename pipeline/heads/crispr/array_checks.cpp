#include "pipeline/heads/crispr/array_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace heddle::pipeline {
namespace {

using Stretch = CrisprArray::Repeat;

int equal_bases(const BaseWindow& bases, std::int64_t a, std::int64_t b, std::int64_t count) {
  int equal = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const int base = bases[a + i];
    equal += base != BaseWindow::kNone && base == bases[b + i] ? 1 : 0;
  }
  return equal;
}

/// How far neighbouring spacers agree, base by base from either end, beyond what their bases have
/// by chance; in standard deviations. Those of a doubled pair say nothing.
class Agreements {
 public:
  void add(const BaseWindow& bases, Stretch a, Stretch b) {
    const std::int64_t count = std::min(a.end - a.begin, b.end - b.begin);
    const int left = equal_bases(bases, a.begin, b.begin, count);
    const int right = equal_bases(bases, a.end - count, b.end - count, count);
    const double chance = chance_of(bases, a, b);
    equal_ += (left + right) / 2.0 - chance * static_cast<double>(count);
    variance_ += chance * (1 - chance) * static_cast<double>(count);
    count_ += static_cast<double>(count);
  }
  /// More than chance has, by a share of the bases and by standard deviations.
  bool many() const {
    constexpr double kShare = 0.08, kDeviations = 3.5;
    return equal_ > kShare * count_ && equal_ > kDeviations * std::sqrt(variance_);
  }

 private:
  static double chance_of(const BaseWindow& bases, Stretch a, Stretch b) {
    std::array<double, BaseWindow::kNone + 1> in_a{}, in_b{};
    for (std::int64_t at = a.begin; at < a.end; ++at) ++in_a[static_cast<std::size_t>(bases[at])];
    for (std::int64_t at = b.begin; at < b.end; ++at) ++in_b[static_cast<std::size_t>(bases[at])];
    double chance = 0;
    for (std::size_t base = 0; base < 4; ++base) chance += in_a[base] * in_b[base];
    return chance / static_cast<double>((a.end - a.begin) * (b.end - b.begin));
  }

  double equal_ = 0, variance_ = 0, count_ = 0;
};

}  // namespace

bool are_alike(const BaseWindow& bases, Stretch a, Stretch b) {
  constexpr std::int64_t kSlip = 4;  // bases of the shorter beyond an end of the longer
  constexpr int kMoreThanHalf = 4;
  if (a.end - a.begin > b.end - b.begin) std::swap(a, b);
  const std::int64_t shorter = a.end - a.begin;
  for (std::int64_t to = b.begin - kSlip; to + shorter <= b.end + kSlip; ++to) {
    const std::int64_t from = std::max(to, b.begin);
    const std::int64_t count = std::min(to + shorter, b.end) - from;
    const int equal = equal_bases(bases, a.begin + (from - to), from, count);
    if (2 * (equal - kMoreThanHalf) >= count) return true;
  }
  return false;
}

bool repeats_itself(std::string_view repeat) {
  constexpr std::size_t kLongest = 12;  // period
  for (std::size_t period = 1; period <= kLongest && period < repeat.size(); ++period) {
    const std::size_t count = repeat.size() - period;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count; ++i) equal += repeat[i] == repeat[i + period] ? 1 : 0;
    if (4 * equal >= 3 * count) return true;
  }
  return false;
}

bool may_be_array(const BaseWindow& bases, std::span<const std::int64_t> starts, int length) {
  const Stretch repeat{starts[1], starts[1] + length};
  const std::size_t spacers = starts.size() - 1;
  std::size_t alike = 0, like_repeat = 0;
  Agreements agreements;
  Stretch before;
  for (std::size_t i = 0; i < spacers; ++i) {
    const Stretch spacer{starts[i] + length, starts[i + 1]};
    const std::int64_t bases_of_it = spacer.end - spacer.begin;
    if (bases_of_it < kShortestSpacer || bases_of_it > kLongestSpacer) return false;
    if (i > 0 && are_alike(bases, before, spacer)) {
      ++alike;
    } else if (i > 0) {
      agreements.add(bases, before, spacer);
    }
    if (are_alike(bases, repeat, spacer)) ++like_repeat;
    before = spacer;
  }
  // A few spacers of real arrays were doubled with their repeat.
  return 3 * alike <= spacers - 1 && 3 * like_repeat <= spacers && !agreements.many();
}

}  // namespace heddle::pipeline
