#include "pipeline/simulation/mersenne_draws.h"

#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace heddle::pipeline {
namespace {

/// init_by_array of Matsumoto and Nishimura's mt19937ar.c (2002), as a seed sequence of
/// std::mt19937 (which takes the numbers given for its state as they are; std::seed_seq makes
/// others).
class SeedArray {
 public:
  using result_type = std::uint_least32_t;

  /// The seed's 32-bit words, the lowest first; at least one.
  explicit SeedArray(std::uint64_t seed)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        words_(key_[1] == 0 ? 1 : 2) {}

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) const {
    const auto size = static_cast<std::uint32_t>(end - begin);
    begin[0] = 19650218;
    for (std::uint32_t i = 1; i < size; ++i) begin[i] = 1812433253 * mixed(begin[i - 1]) + i;
    std::uint32_t at = 1, word = 0;
    const auto go_on = [&] {
      if (++at < size) return;
      begin[0] = begin[size - 1];
      at = 1;
    };
    for (std::uint32_t i = 0; i < size; ++i) {
      begin[at] = (begin[at] ^ mixed(begin[at - 1]) * 1664525) + key_[word] + word;
      word = (word + 1) % words_;
      go_on();
    }
    for (std::uint32_t i = 1; i < size; ++i) {
      begin[at] = (begin[at] ^ mixed(begin[at - 1]) * 1566083941) - at;
      go_on();
    }
    begin[0] = 0x80000000;
  }

 private:
  static std::uint32_t mixed(std::uint32_t x) { return x ^ x >> 30; }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t words_;
};

}  // namespace

MersenneDraws::MersenneDraws(std::uint64_t seed) {
  SeedArray array(seed);
  engine_.seed(array);
}

double MersenneDraws::uniform() {
  const auto high = static_cast<double>(engine_() >> 5), low = static_cast<double>(engine_() >> 6);
  return (high * 0x1p26 + low) * 0x1p-53;
}

std::uint64_t MersenneDraws::bits(int count) {
  if (count <= 32) return engine_() >> (32 - count);
  const std::uint64_t low = engine_();
  return low | static_cast<std::uint64_t>(engine_() >> (64 - count)) << 32;
}

std::uint64_t MersenneDraws::below(std::uint64_t n) {
  const auto width = static_cast<int>(std::bit_width(n));
  std::uint64_t drawn = bits(width);
  while (drawn >= n) drawn = bits(width);
  return drawn;
}

double MersenneDraws::normal(double mean, double deviation) {
  if (const auto kept = std::exchange(kept_, std::nullopt)) return mean + *kept * deviation;
  const double angle = uniform() * (2 * std::numbers::pi);
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  kept_ = std::sin(angle) * radius;
  return mean + std::cos(angle) * radius * deviation;
}

double MersenneDraws::log_normal(double mean, double deviation) {
  static const double kRatio = 4 * std::exp(-0.5) / std::sqrt(2.0);
  for (;;) {
    const double first = uniform();
    const double second = 1 - uniform();
    const double z = kRatio * (first - 0.5) / second;
    if (z * z / 4 <= -std::log(second)) return std::exp(mean + z * deviation);
  }
}

}  // namespace heddle::pipeline
