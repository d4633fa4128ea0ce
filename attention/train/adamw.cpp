#include "attention/train/adamw.h"

#include "attention/train/flat.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle::attention::train {
namespace {

void require_size(const ParameterList& list, std::size_t size) {
  if (static_cast<std::int64_t>(size) == list.size()) return;
  throw std::invalid_argument("AdamW: " + std::to_string(size) + " elements for " +
                              std::to_string(list.size()) + " parameters");
}

/// Has any element had a gradient, now or before?
bool learns(const ParameterSlot& slot, const AdamArrays& arrays) {
  const auto any = [&slot](std::span<const float> values) {
    const auto part =
        values.subspan(static_cast<std::size_t>(slot.begin), static_cast<std::size_t>(slot.count));
    return std::ranges::any_of(part, [](float x) { return x != 0; });
  };
  return any(arrays.gradient) || any(arrays.first) || any(arrays.second);
}

}  // namespace

void adamw_step(const AdamW& settings,
                const ParameterList& list,
                const AdamStep& step,
                const AdamArrays& arrays) {
  for (const std::size_t size :
       {arrays.gradient.size(), arrays.first.size(), arrays.second.size(), arrays.values.size()}) {
    require_size(list, size);
  }
  const auto t = static_cast<double>(step.number);
  const auto beta1 = static_cast<float>(settings.beta1);
  const auto beta2 = static_cast<float>(settings.beta2);
  const auto first_scale = static_cast<float>(1 / (1 - std::pow(settings.beta1, t)));
  const auto second_scale = static_cast<float>(1 / (1 - std::pow(settings.beta2, t)));
  const auto epsilon = static_cast<float>(settings.epsilon);
  const auto rate = static_cast<float>(step.rate);
  const auto scale = static_cast<float>(step.scale);
  for (const ParameterSlot& slot : list.slots()) {
    if (!learns(slot, arrays)) continue;
    const float decay = slot.decays ? static_cast<float>(settings.decay) : 0.0f;
    for_pieces(slot.count, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(slot.begin + begin);
           i < static_cast<std::size_t>(slot.begin + end);
           ++i) {
        const float g = scale * arrays.gradient[i];
        const float m = arrays.first[i] = beta1 * arrays.first[i] + (1 - beta1) * g;
        const float v = arrays.second[i] = beta2 * arrays.second[i] + (1 - beta2) * g * g;
        const float x = arrays.values[i];
        arrays.values[i] =
            x - rate * (m * first_scale / (std::sqrt(v * second_scale) + epsilon) + decay * x);
      }
    });
  }
}

}  // namespace heddle::attention::train
