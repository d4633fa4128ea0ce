#include "attention/train/fresh_values.h"

#include "attention/train/seeds.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heddle::attention::train {
namespace {

double uniform(std::uint64_t seed) { return static_cast<double>(seed >> 11) * 0x1p-53; }

/// Box and Muller 1958.
double normal(std::uint64_t seed) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(seed)));
  return radius * std::cos(2 * std::numbers::pi * uniform(mixed(seed)));
}

}  // namespace

void set_fresh_values(Parameters& parameters, std::uint64_t seed) {
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    const ParameterInfo& info = parameters.info(i);
    auto* values = parameters.at(i).as<float>();
    if (info.shape.size() < 2) {
      std::fill_n(values, info.size, info.name.ends_with(".bias") ? 0.0f : 1.0f);
      continue;
    }
    const double scale =
        1 / std::sqrt(static_cast<double>(info.size) / static_cast<double>(info.shape[0]));
    for (std::int64_t k = 0; k < info.size; ++k) {
      values[k] =
          static_cast<float>(scale * normal(seed_of({seed, i, static_cast<std::uint64_t>(k)})));
    }
  }
}

}  // namespace heddle::attention::train
