#pragma once
// Inside of a Workspace: steps bound to memory. For this folder only.
// Threads: as workspace.h.

#include "attention/model/function.h"
#include "attention/model/workspace.h"

#include <span>
#include <string>
#include <vector>

namespace heddle::attention {

struct BoundStep {
  const Layer* layer = nullptr;
  std::vector<TensorView> inputs;
  TensorView output;
  TensorView scratch;
  std::shared_ptr<const BlockPlan> plan;
  int memory = -1;
};

struct Workspace::State {
  std::shared_ptr<const void> owner;  // keeps the layers alive
  const Function* function = nullptr;
  Tensor arena;    // on the host; or
  Tensor scratch;  // both in `device`
  std::unique_ptr<DeviceArena> device;
  std::size_t device_bytes = 0;
  std::vector<DeviceCopy> to_device;  // inputs, then outputs, as the caller sees them
  std::vector<DeviceCopy> to_host;
  std::vector<BoundStep> steps;
  std::vector<TensorView> inputs;   // in the function's order
  std::vector<TensorView> outputs;  // in the function's order
};

/// The shape of every value for these inputs. Throws as bind_function.
std::vector<Shape> resolve_shapes(const Function& function, std::span<const Shape> inputs);

/// Resolves all shapes from those of the inputs, lays memory out and binds the steps to it. Throws
/// std::invalid_argument naming the step, or the input, and both shapes.
std::unique_ptr<Workspace::State> bind_function(const Function& function,
                                                std::span<const Shape> inputs);

}  // namespace heddle::attention
