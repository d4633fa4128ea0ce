#pragma once
// How the benches that train (language.h, vision.h) learn: one loss over all channels, and a
// schedule for some hundred steps. Threads: any.

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
