#include "attention/mechanisms/gates.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::vector<float> softmax(std::span<const float> logits, float temperature) {
  std::vector<float> weights(logits.begin(), logits.end());
  const float max = *std::ranges::max_element(weights);
  double sum = 0;
  for (float& x : weights) sum += x = std::exp((x - max) / temperature);
  for (float& x : weights) x = static_cast<float>(x / sum);
  return weights;
}

/// Calls body(chosen index, log-sum-exp of what was left) for each draw; `left` becomes false where
/// taken.
template <class Body>
void for_each_draw(std::span<const float> logits,
                   std::span<const std::uint32_t> chosen,
                   std::vector<bool>& left,
                   const Body& body) {
  left.assign(logits.size(), true);
  for (const std::uint32_t index : chosen) {
    double max = -HUGE_VAL;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (left[i]) max = std::max<double>(max, logits[i]);
    }
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (left[i]) sum += std::exp(logits[i] - max);
    }
    body(index, max + std::log(sum));
    left[index] = false;
  }
}

}  // namespace

std::vector<float> gumbel_noise(std::uint64_t seed, std::uint64_t draw, std::size_t count) {
  const std::uint64_t stream = mix(mix(seed + 0x9e3779b97f4a7c15u) ^ draw);
  std::vector<float> noise(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = mix(stream + (i + 1) * 0x9e3779b97f4a7c15u);
    const double uniform = (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;  // in (0, 1)
    noise[i] = static_cast<float>(-std::log(-std::log(uniform)));
  }
  return noise;
}

GateChoice choose(const GateSpec& spec,
                  std::span<const float> logits,
                  std::span<const float> noise) {
  if (logits.empty() || (!noise.empty() && noise.size() != logits.size()) ||
      !(spec.temperature > 0) || spec.top < 1) {
    throw std::invalid_argument(
        "gate: " + std::to_string(logits.size()) + " logits, " + std::to_string(noise.size()) +
        " noises, temperature " + std::to_string(spec.temperature) + ", top " +
        std::to_string(spec.top) + "; noise is one a logit or none, the others are positive");
  }
  std::vector<float> scores(logits.begin(), logits.end());
  for (std::size_t i = 0; i < noise.size(); ++i) scores[i] += noise[i];
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto top = std::min(static_cast<std::size_t>(spec.top), order.size());
  std::partial_sort(order.begin(),
                    order.begin() + static_cast<std::ptrdiff_t>(top),
                    order.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
                    });
  order.resize(top);
  return {.chosen = std::move(order), .soft = softmax(scores, spec.temperature)};
}

std::vector<float> straight_through_gradient(const GateSpec& spec,
                                             const GateChoice& choice,
                                             std::span<const float> gate_gradients) {
  double mean = 0;
  for (std::size_t i = 0; i < choice.soft.size(); ++i) {
    mean += static_cast<double>(choice.soft[i]) * gate_gradients[i];
  }
  std::vector<float> gradients(choice.soft.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    gradients[i] =
        choice.soft[i] * (gate_gradients[i] - static_cast<float>(mean)) / spec.temperature;
  }
  return gradients;
}

double choice_log_probability(std::span<const float> logits,
                              std::span<const std::uint32_t> chosen) {
  double sum = 0;
  std::vector<bool> left;
  for_each_draw(logits, chosen, left, [&](std::uint32_t index, double total) {
    sum += logits[index] - total;
  });
  return sum;
}

std::vector<float> choice_log_probability_gradient(std::span<const float> logits,
                                                   std::span<const std::uint32_t> chosen) {
  std::vector<float> gradients(logits.size());
  std::vector<bool> left;
  for_each_draw(logits, chosen, left, [&](std::uint32_t index, double total) {
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (left[i]) gradients[i] -= static_cast<float>(std::exp(logits[i] - total));
    }
    gradients[index] += 1;
  });
  return gradients;
}

}  // namespace heddle::attention
