#pragma once
// What the benches that train (language.h, vision.h) share: their blocks of weights, one loss over
// all channels, and a schedule for some hundred steps. Threads: any.

#include "attention/train/trained_model.h"
#include "attention/train/trainer.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::attention::bench {

/// `input` is the shape of a sample.
inline train::ModelObjectiveSettings one_loss(const std::string& name, const Shape& input) {
  train::ModelObjectiveSettings made;
  made.losses = [name](int channels) {
    return std::vector<train::LossSpec>{{.name = name, .classes = channels}};
  };
  made.inputs = {input};
  return made;
}

/// The weights of `layers` blocks of `d` channels, as both models name them in their programs.
inline void add_blocks(int layers, std::int64_t d, std::vector<ParameterShape>& shapes) {
  for (int i = 0; i < layers; ++i) {
    const std::string layer = "." + std::to_string(i) + ".weight";
    shapes.push_back({"n1" + layer, {d}});
    shapes.push_back({"qkv" + layer, {3 * d, d}});
    shapes.push_back({"o" + layer, {d, d}});
    shapes.push_back({"n2" + layer, {d}});
    shapes.push_back({"w1" + layer, {4 * d, d}});
    shapes.push_back({"w2" + layer, {d, 2 * d}});
  }
}

/// `Settings` have steps, learning_rate and seed. A tenth of the steps warms up, `most_warm_up` at
/// most.
template <class Settings>
train::TrainingOptions short_training(const Settings& settings,
                                      std::int64_t batch,
                                      std::int64_t most_warm_up) {
  train::TrainingOptions options;
  options.schedule = {.peak = settings.learning_rate,
                      .warm_up = std::min<std::int64_t>(settings.steps / 10, most_warm_up),
                      .steps = settings.steps,
                      .final_share = 0.05};
  options.batch = batch;
  options.keep_average = settings.steps > 200 ? 0.98 : 0.9;
  options.seed = settings.seed;
  return options;
}

}  // namespace heddle::attention::bench
