#pragma once
// Inside of a TrainingWorkspace: actions bound to memory. For this folder only.
// Threads: as training_function.h.

#include "attention/model/training_function.h"
#include "attention/model/training_place.h"
#include "attention/model/training_schedule.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heddle::attention {

struct BoundAction {
  const TrainingAction* action = nullptr;
  std::vector<TensorView> inputs;  // shapes only where backward does not read them
  TensorView base;                 // empty where the output lies there already
  TensorView output;
  TensorView kept;
  TensorView out_gradient;
  TensorView room;
  std::vector<GradientTarget> input_gradients;
  std::shared_ptr<const BlockPlan> plan;
};

/// What a workspace needs of its function.
struct LearningFunction {
  Function function;
  std::string name;
  std::vector<std::string> parameters;            // in the order of names
  std::vector<std::vector<std::size_t>> of_step;  // indices into parameters
  std::vector<std::vector<std::int64_t>> shapes;  // of parameters
  std::int64_t elements = 0;                      // of the parameters' whole block
};

struct TrainingWorkspace::State {
  std::shared_ptr<const void> owner;  // keeps the layers alive
  const LearningFunction* learning = nullptr;
  TrainingSchedule schedule;
  Tensor arena;                          // on the host, or
  std::unique_ptr<TrainingPlace> place;  // on a device
  std::optional<Gradients> held;         // of accumulate(), on the host
  std::vector<BoundAction> actions;
  std::vector<std::shared_ptr<const BlockPlan>> chosen;  // one a step
  std::vector<TensorView> inputs;
  std::vector<TensorView> outputs;
  std::vector<Tensor> seeds;  // the caller's gradients of the outputs
  std::vector<TensorView> seed_views;
  std::vector<GradientTarget> seed_targets;
  std::vector<TensorView> input_gradients;  // empty where there is none
  SegmentPosition position;                 // of the latest forward
  bool to_learn = false;                    // a forward whose backward has not been
};

/// Throws std::invalid_argument naming the step, or the input, and both shapes.
std::unique_ptr<TrainingWorkspace::State> bind_training(const LearningFunction& learning,
                                                        std::span<const Shape> inputs,
                                                        const TrainingOptions& options);

}  // namespace heddle::attention
