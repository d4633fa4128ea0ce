#pragma once
// A model's gradient against differences of its loss.

#include "attention/train/model_objective.h"

#include <gtest/gtest.h>

#include <vector>

namespace heddle::attention::train {

/// One value of every tensor, by central differences of a sample's loss. `tolerance`: absolute.
inline void expect_gradient_of_differences(ModelObjective& model, double tolerance) {
  constexpr float kStep = 1.0f / 256;
  const auto size = static_cast<std::size_t>(model.parameters().size());
  std::vector<float> values(size), gradient(size), unused(size);
  model.initial(values);
  model.use(values);
  const SampleKey key{1, 2, 3};
  model.train(key, gradient);
  for (const ParameterSlot& slot : model.parameters().slots()) {
    const auto i = static_cast<std::size_t>(slot.begin + slot.count / 2);
    const float kept = values[i];
    double loss[2];
    for (const int side : {0, 1}) {
      values[i] = kept + (side == 0 ? -kStep : kStep);
      model.use(values);
      loss[side] = model.train(key, unused).total;
    }
    values[i] = kept;
    EXPECT_NEAR(gradient[i], (loss[1] - loss[0]) / (2 * kStep), tolerance) << slot.name;
  }
}

}  // namespace heddle::attention::train
