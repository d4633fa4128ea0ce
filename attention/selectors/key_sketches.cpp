#include "attention/selectors/key_sketches.h"

#include "attention/selectors/sketch_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace heddle::attention {
namespace {

constexpr int kLargest = (1 << (kPlanes - 1)) - 1;

/// The length of one turn.
std::int64_t turn_length(const SummarySpec& spec) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(spec.dim)));
}

/// Bits a key: two turns, or as many as fill a word.
std::int64_t padded_dim(const SummarySpec& spec) {
  return std::max<std::int64_t>(64, 2 * turn_length(spec));
}

std::int64_t padded_keys(const SummarySpec& spec) {
  return (spec.block + kKeyLanes - 1) / kKeyLanes * kKeyLanes;
}

/// Fixed signs: the finaliser of SplitMix64 of the dimension's number.
bool negative(std::uint64_t i) {
  std::uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return ((x ^ (x >> 31)) & 1) != 0;
}

void hadamard(float* x, std::int64_t n) {
  for (std::int64_t half = 1; half < n; half *= 2) {
    for (std::int64_t first = 0; first < n; first += 2 * half) {
      for (std::int64_t i = first; i < first + half; ++i) {
        const float a = x[i];
        const float b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
}

}  // namespace

KeySketches::KeySketches(const SummarySpec& spec)
    : spec_(spec),
      words_(padded_dim(spec) / 64),
      keys_(padded_keys(spec)),
      turned_(static_cast<std::size_t>(padded_dim(spec))),
      codes_(DType::kI64, {spec.heads, spec.slots, words_, keys_}),
      factors_(DType::kBF16, {spec.heads, spec.slots, keys_}) {
  const auto norm = 1 / std::sqrt(static_cast<float>(padded_dim(spec)));
  for (std::int64_t i = 0; i < padded_dim(spec); ++i) {
    signs_.push_back(negative(static_cast<std::uint64_t>(i)) ? -norm : norm);
  }
}

std::size_t KeySketches::bytes(const SummarySpec& spec) {
  const std::int64_t key = padded_dim(spec) / 8 + static_cast<std::int64_t>(sizeof(BFloat16));
  return static_cast<std::size_t>(spec.heads * spec.slots * padded_keys(spec) * key);
}

/// From the first turn's numbers (x, zeros after dim) all turns: the same numbers under other signs
/// each time, then Hadamard, so that no two bits ask the same. Lengths and angles stay.
void KeySketches::turn(float* x) const {
  const std::int64_t length = turn_length(spec_);
  const auto all = static_cast<std::int64_t>(signs_.size());
  for (std::int64_t i = all - 1; i >= 0; --i) {
    x[i] = x[i % length] * signs_[static_cast<std::size_t>(i)];
  }
  for (std::int64_t first = 0; first < all; first += length) hadamard(x + first, length);
}

void KeySketches::set(int head, std::int64_t slot, const float* keys, const float* mean) {
  const std::int64_t at = head * spec_.slots + slot;
  std::int64_t* codes = codes_.view().as<std::int64_t>() + at * words_ * keys_;
  BFloat16* factors = factors_.view().as<BFloat16>() + at * keys_;
  for (std::int64_t key = 0; key < spec_.block; ++key, keys += spec_.dim) {
    std::ranges::fill(turned_, 0.0f);
    for (int i = 0; i < spec_.dim; ++i) turned_[static_cast<std::size_t>(i)] = keys[i] - mean[i];
    turn(turned_.data());
    double squares = 0;
    double absolute = 0;
    for (const float x : turned_) {
      squares += double{x} * x;
      absolute += std::fabs(x);
    }
    factors[key] = bfloat16_from(absolute > 0 ? static_cast<float>(squares / absolute) : 0.0f);
    for (std::int64_t word = 0; word < words_; ++word) {
      std::uint64_t code = 0;
      for (std::int64_t i = 0; i < 64; ++i) {
        const bool up = turned_[static_cast<std::size_t>(word * 64 + i)] >= 0;
        code |= std::uint64_t{up} << i;
      }
      codes[word * keys_ + key] = std::bit_cast<std::int64_t>(code);
    }
  }
}

KeySketches::Query::Query(const SummarySpec& spec)
    : turned_(static_cast<std::size_t>(padded_dim(spec))),
      planes_(static_cast<std::size_t>(kPlanes * padded_dim(spec) / 64)),
      sums_(static_cast<std::size_t>(padded_keys(spec))) {}

void KeySketches::prepare(const float* query, Query& prepared) const {
  std::vector<float>& turned = prepared.turned_;
  std::ranges::fill(turned, 0.0f);
  std::copy_n(query, spec_.dim, turned.begin());
  turn(turned.data());
  float largest = 0;
  for (const float x : turned) largest = std::max(largest, std::fabs(x));
  prepared.step_ = std::isfinite(largest) ? largest / kLargest : 0;
  prepared.total_ = 0;
  std::ranges::fill(prepared.planes_, std::uint64_t{0});
  if (prepared.step_ == 0) return;
  for (std::size_t i = 0; i < turned.size(); ++i) {
    const float scaled = turned[i] / prepared.step_;
    const int rounded = std::isfinite(scaled) ? static_cast<int>(std::lround(scaled)) : 0;
    prepared.total_ += rounded;
    const auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(rounded));
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      prepared.planes_[plane * static_cast<std::size_t>(words_) + i / 64] |= (bits >> plane & 1)
                                                                             << i % 64;
    }
  }
}

void KeySketches::add_scores(
    int head, Query& query, std::int64_t begin, std::int64_t end, std::span<float> scores) const {
  for (std::int64_t slot = begin; slot < end; ++slot) {
    const std::int64_t at = head * spec_.slots + slot;
    sketch_sums({.codes = codes_.view().as<std::int64_t>() + at * words_ * keys_,
                 .planes = query.planes_.data(),
                 .words = words_,
                 .keys = keys_},
                query.sums_.data());
    const BFloat16* factors = factors_.view().as<BFloat16>() + at * keys_;
    float best = -std::numeric_limits<float>::infinity();
    for (std::int64_t key = 0; key < spec_.block; ++key) {
      const float factor =
          std::bit_cast<float>(static_cast<std::uint32_t>(factors[key].bits) << 16);
      const std::int64_t sum = 2 * query.sums_[static_cast<std::size_t>(key)] - query.total_;
      best = std::max(best, factor * static_cast<float>(sum));
    }
    scores[static_cast<std::size_t>(slot)] += best * query.step_;
  }
}

}  // namespace heddle::attention
