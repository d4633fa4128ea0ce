#pragma once
// A model: functions over tensors, described by its own weights file (program.h) and run on a back
// end. Weights are packed once when it is loaded.
// Threads: const; share one Model, give each thread its Workspace and each stream its MemorySet.
// Ownership: cheap to copy (copies share everything); workspaces keep it alive.
// Errors: load throws WeightsError naming the file and the place; the rest std::invalid_argument.
//
//   const Model model = Model::load("configs/models/genes-reference/weights.safetensors",
//   backend()); Workspace work = model.make_workspace("forward");
//   std::memcpy(work.input("bases").data, bases, 6144);
//   model.run(work);
//   const float* logits = work.output("logits").as<float>();

#include "attention/model/memory_set.h"
#include "attention/model/workspace.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

struct ModelInfo {
  std::string name;
  std::string kind;  // "genes", "tracking" ...
  std::string path;
  std::string sha256;                                      // of the file
  std::int64_t parameters = 0;                             // elements of all tensors
  std::map<std::string, std::string, std::less<>> fields;  // "segment": "6144" ...
  std::vector<std::string> functions;
};

class Model {
 public:
  static Model load(const std::string& path, const Backend& backend);

  const ModelInfo& info() const;
  const Backend& backend() const;
  /// A field as a whole number / the value of a one-element tensor named among the constants.
  std::int64_t field(std::string_view name) const;
  double constant(std::string_view name) const;

  /// Shapes of the inputs in the function's order, dtype and extents only (shape_of). Without them
  /// every extent must be fixed by the file.
  Workspace make_workspace(std::string_view function, std::span<const Shape> inputs) const;
  Workspace make_workspace(std::string_view function, std::initializer_list<Shape> inputs) const {
    return make_workspace(function, std::span(inputs.begin(), inputs.size()));
  }
  Workspace make_workspace(std::string_view function) const;

  /// One empty memory for each memory-attention layer of the function; none is an empty set.
  MemorySet make_memory(std::string_view function) const;

  /// Runs the workspace's function. A function with memory needs its MemorySet, whose length must
  /// be where the segment's core begins; the core is written to it. A run that throws may have
  /// written to some of the memories: reset or restore the set before it is used again.
  void run(Workspace& workspace,
           MemorySet* memory = nullptr,
           const SegmentPosition& position = {}) const;

 private:
  struct State;
  explicit Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace heddle::attention
