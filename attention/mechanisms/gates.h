#pragma once
// Learned choices of blocks: a gate scores candidates and k of them are read. The choice itself has
// no gradient; these are the two ways around it.
//   straight through (arXiv 1308.3432), with Gumbel noise (1611.01144) or none: the forward takes
//   the
//     k largest of logits + noise, the backward goes through softmax((logits + noise) /
//     temperature);
//   REINFORCE (Williams 1992): the slope of the choice's log-probability times its advantage,
//   unbiased.
// Gumbel's k largest are k draws without replacement, each by softmax of what is left (1903.06059).
// Threads: pure functions. Errors: std::invalid_argument.

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

/// Standard Gumbel noise of a counter-based generator: draw `draw` of `seed`, whatever came before.
std::vector<float> gumbel_noise(std::uint64_t seed, std::uint64_t draw, std::size_t count);

struct GateSpec {
  int top = 1;
  float temperature = 1;  // of the backward
};

struct GateChoice {
  std::vector<std::uint32_t> chosen;  // by falling score, ties to the smaller index
  std::vector<float> soft;            // softmax((logits + noise) / temperature)
};
/// `noise` has one entry a logit, or none.
GateChoice choose(const GateSpec& spec,
                  std::span<const float> logits,
                  std::span<const float> noise);

/// Gradients of logits from `gate_gradients`: of a number that multiplies what each candidate
/// gives, 1 for the chosen and 0 for the others.
std::vector<float> straight_through_gradient(const GateSpec& spec,
                                             const GateChoice& choice,
                                             std::span<const float> gate_gradients);

/// The log-probability of drawing `chosen` in this order, and its gradient.
double choice_log_probability(std::span<const float> logits, std::span<const std::uint32_t> chosen);
std::vector<float> choice_log_probability_gradient(std::span<const float> logits,
                                                   std::span<const std::uint32_t> chosen);

}  // namespace heddle::attention
