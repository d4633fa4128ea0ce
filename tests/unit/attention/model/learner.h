#pragma once
// Two tiny functions that between them have every operation that learns, with random parameters,
// and what tests ask of a function that learns: its loss, its gradients, and differences of the
// loss.

#include "attention/model/training_function.h"

#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

/// Metadata "heddle.model" of a model with functions "sequence" (bases -> logits, sums) and "image"
/// (image -> emb, box).
std::string every_operation_program();

/// Their parameters, drawn from `seed`.
Parameters every_operation_parameters(unsigned seed = 1);

/// Fills an input or a gradient with reproducible noise; classes where it is u8.
void fill_randomly(const TensorView& view, unsigned seed);

/// One function on one input, with the loss sum over outputs of seed . output.
class Learner {
 public:
  Learner(const std::string& function,
          const Backend& backend,
          const TrainingOptions& options = {},
          Parameters parameters = every_operation_parameters());

  double loss();  // runs forward()
  /// forward() and backward() into `gradients`.
  void learn(Gradients& gradients);

  Parameters parameters;
  TrainingFunction function;
  TrainingWorkspace work;
  std::vector<std::string> outputs;
};

}  // namespace heddle::attention
