#pragma once
// AdamW: Adam with weight decay that the moments do not see (Loshchilov and Hutter 2019, arXiv
// 1711.05101). One call is one step over the flat array; fp32 state, each element on its own, so
// that any number of threads gives the same bits.
//
//   m = b1 m + (1 - b1) g      v = b2 v + (1 - b2) g g
//   x -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay x)
//
// A slot that has never had a gradient is left as it is: nothing learns it (the map of a selector,
// whose choices are constants), and decay alone would wear it away.

#include "attention/train/parameter_list.h"

#include <cstdint>
#include <span>

namespace heddle::attention::train {

struct AdamW {
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double decay = 0.1;  // of slots that decay
};

struct AdamStep {
  std::int64_t number = 1;  // t
  double rate = 0;          // the learning rate
  double scale = 1;         // of the gradient, before all else: what clipping asks for
};

/// What one step reads and writes, all as long as the list.
struct AdamArrays {
  std::span<const float> gradient;
  std::span<float> first;   // m
  std::span<float> second;  // v
  std::span<float> values;  // x
};

/// Throws std::invalid_argument when sizes disagree.
void adamw_step(const AdamW& settings,
                const ParameterList& list,
                const AdamStep& step,
                const AdamArrays& arrays);

}  // namespace heddle::attention::train
