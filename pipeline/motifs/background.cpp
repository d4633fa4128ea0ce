#include "pipeline/motifs/background.h"

#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

std::optional<io::Sample> next_or_damage(io::Source& source) {
  try {
    return source.next();
  } catch (const io::InputError&) {
    return std::nullopt;
  }
}

}  // namespace

Background both_strands(const Background& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double at = (weights[0] + weights[3]) / (2 * sum);
  const double cg = (weights[1] + weights[2]) / (2 * sum);
  return {at, cg, cg, at};
}

Background measure_background(io::Source& source, const std::function<bool()>& stop) {
  std::array<std::int64_t, 256> letters{};
  while (!stop()) {
    const auto sample = next_or_damage(source);
    if (!sample) break;
    for (const char base : std::get<io::Sequence>(*sample).bases) {
      ++letters[static_cast<unsigned char>(base)];
    }
  }
  Background counts{};
  for (std::size_t base = 0; base < 4; ++base) {
    counts[base] = static_cast<double>(letters[static_cast<unsigned char>("ACGT"[base])] + 1);
  }
  return both_strands(counts);
}

Background parse_background(const std::string& text) {
  Background weights{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t base = 0; base < 4; ++base) {
    const auto [next, error] = std::from_chars(at, end, weights[base]);
    const bool separated = base == 3 ? next == end : next != end && *next == ',';
    if (error != std::errc{} || !separated || !(weights[base] > 0) ||
        !std::isfinite(weights[base])) {
      throw std::invalid_argument("'" + text +
                                  "' is no background; give four numbers above 0 for A,C,G,T");
    }
    at = next + (base == 3 ? 0 : 1);
  }
  if (const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      std::abs(sum - 1) > 0.01) {
    throw std::invalid_argument("the background '" + text + "' sums to " + std::to_string(sum) +
                                ", must be 1");
  }
  return both_strands(weights);
}

}  // namespace heddle::pipeline
