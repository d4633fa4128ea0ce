#pragma once
// A function of a model ready to be given shapes: layers with packed weights, registers resolved to
// values (one write each, or in-place chains) and values to storages (memory reused after its last
// reader). Threads: const after construction. Errors: WeightsError naming the step.

#include "attention/model/layer.h"
#include "attention/model/layer_gradient.h"

#include <memory>
#include <string>
#include <vector>

namespace heddle::attention {

struct FunctionStep {
  std::string where;
  std::unique_ptr<const Layer> layer;
  std::unique_ptr<const LayerGradient> gradient;  // where the function learns
  std::vector<int> inputs;                        // values
  int output = 0;                                 // value
  int memory = -1;                                // which memory of the set it rolls
  int turn = -1;                                  // as Step::turn
};

/// A run of bytes that is needed from step `first` to step `last`, both included.
struct Lifetime {
  int first = 0;
  int last = 0;
};

struct Function {
  const Backend* backend = nullptr;  // of all layers
  std::vector<InputSpec> inputs;     // value i is input i
  std::vector<std::string> outputs;  // names
  std::vector<int> output_values;
  std::vector<FunctionStep> steps;
  std::vector<int> storage_of_value;
  std::vector<Lifetime> storages;
  std::vector<MemorySpec> memories;
};

/// `step.where` of the spec leads every message.
Function make_function(FunctionSpec spec, const std::string& where, LayerContext& context);

}  // namespace heddle::attention
