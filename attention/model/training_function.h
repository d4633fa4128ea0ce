#pragma once
// A function of a model that learns: forward with parameters that come with each call, keeping what
// backward needs; backward from the gradients of the outputs to those of the parameters. The same
// program text as Model runs (program.h), on any back end that has gradients.
//
// forward() gives what Model::run gives, up to rounding. backward() ADDS to the gradients of
// trainable parameters, so that a batch is several calls. A register that is written again starts
// afresh and has its own gradient; steps in place and `accumulate` keep the older values where a
// gradient needs them. Choices of selected_attention are constants. A function with
// memory_attention learns from the segments of a stream in order, with a TrainingMemory.
//
// On a device (backend/device.h) a workspace is there: inputs, outputs and their gradients are
// mirrored on the host, every call is one line of enqueued work, recorded the first times and
// replayed later. Which parameters are trainable must then stay as it was. What cannot learn there
// is refused with the step's name, by construction or, where shapes decide (Backend::limits()), by
// make_workspace().
//
// Threads: const and shared; one call a workspace, as many workspaces at once as wanted, each with
// Gradients of its own (add those up in a fixed order). Operations use the calling arena's threads.
// Bits depend neither on their number nor on other workspaces. Ownership: a workspace keeps alive
// what it needs of the function. Errors: construction throws WeightsError naming the step, or
// std::runtime_error where the back end has no gradients; the rest std::invalid_argument.
//
//   Parameters parameters(Weights(path));
//   const TrainingFunction forward(model_spec(parameters, path), "forward", parameters, backend());
//   TrainingWorkspace work = forward.make_workspace({shape_of(DType::kU8, {6144})});
//   Gradients gradients(parameters);
//   std::memcpy(work.input("bases").data, bases, 6144);
//   forward.forward(parameters, work);
//   const double loss = cross_entropy(work.output("logits"), labels,
//                                     work.output_gradient("logits"));  // writes the gradient
//   forward.backward(parameters, work, gradients);

#include "attention/backend/backend.h"
#include "attention/model/device_parameters.h"
#include "attention/model/layer.h"
#include "attention/model/parameters.h"
#include "attention/model/program.h"
#include "attention/model/training_memory.h"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

struct TrainingOptions {
  /// Keeps of each outermost `repeat` turn only what later steps read, and runs the turn again when
  /// its gradient is asked for: memory of one turn instead of all, for one more forward. The same
  /// bits.
  bool checkpoint = false;
  /// Also computes the gradients of f32 inputs.
  bool input_gradients = false;
  /// Where a device computes: values that the caller sets and workspaces share. Null: each
  /// workspace has its own, and forward() takes them there. Elsewhere unused.
  std::shared_ptr<DeviceParameters> parameters;
  /// Where a device computes: so many samples at once, which never meet and whose gradients are one
  /// sum in a fixed order; those whose output gradients are zero add nothing.
  std::int64_t windows = 1;
  /// Where a device computes: forward() leaves outputs there (device_output()), for whoever reads
  /// them there, and output() holds nothing.
  bool outputs_stay = false;
};

/// Memory for one function at one set of shapes; nothing else is needed between the calls.
/// Threads: one call at a time.
class TrainingWorkspace {
 public:
  TrainingWorkspace(TrainingWorkspace&&) noexcept;
  TrainingWorkspace& operator=(TrainingWorkspace&&) noexcept;
  ~TrainingWorkspace();

  /// The caller writes inputs here before forward() and leaves them until backward() is done.
  /// `window`: of which sample, where there are several.
  TensorView input(std::string_view name, std::int64_t window = 0) const;
  /// Contiguous f32, valid from forward() to the next one.
  TensorView output(std::string_view name, std::int64_t window = 0) const;
  /// The caller writes here before backward(), all of it; backward() leaves it as it is. Zero at
  /// first.
  TensorView output_gradient(std::string_view name, std::int64_t window = 0) const;
  /// Written (not added to) by backward(), where TrainingOptions asked for it.
  TensorView input_gradient(std::string_view name, std::int64_t window = 0) const;

  /// Where a device computes: what accumulate() added up, laid out as Parameters::flat(), there.
  TensorView device_gradients() const;
  /// An output, and its gradient, there: of all samples, one after another.
  TensorView device_output(std::string_view name) const;
  TensorView device_output_gradient(std::string_view name) const;

  /// All memory it holds.
  std::size_t bytes() const;
  /// Floating-point operations in products and attention, two a multiply-add, of one forward() and
  /// of one backward() without what checkpointing repeats: the model's work on one sample, not the
  /// machine's.
  double forward_flop() const;
  double backward_flop() const;

  struct State;  // training_state.h
  explicit TrainingWorkspace(std::unique_ptr<State> state);
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Work between forward and backward: copies to the device before all, from it after all.
struct BetweenPasses {
  std::vector<DeviceCopy> in;
  std::function<void()> steps;
  std::vector<DeviceCopy> out;
};

class TrainingFunction {
 public:
  /// Only the shapes of `parameters` are used; they need not outlive the call. Tensors that this
  /// function does not name belong to others and get no gradient.
  TrainingFunction(const ModelSpec& spec,
                   const std::string& function,
                   const Parameters& parameters,
                   const Backend& backend);

  /// The names of the tensors that this function reads, in the order of names.
  std::span<const std::string> parameter_names() const;

  /// Shapes of the inputs in the function's order, as for Model::make_workspace.
  TrainingWorkspace make_workspace(std::span<const Shape> inputs,
                                   const TrainingOptions& options = {}) const;
  TrainingWorkspace make_workspace(std::initializer_list<Shape> inputs,
                                   const TrainingOptions& options = {}) const {
    return make_workspace(std::span(inputs.begin(), inputs.size()), options);
  }

  /// Empty memories of one stream whose last `segments` segments learn from one another; none where
  /// the function has no memory. Steps with memory are never run again by checkpoints.
  TrainingMemory make_memory(int segments) const;

  /// `parameters` must have the names and shapes this was made with. A function with memory needs
  /// one, and `position` as Model::run does.
  void forward(const Parameters& parameters,
               TrainingWorkspace& workspace,
               TrainingMemory* memory = nullptr,
               const SegmentPosition& position = {}) const;
  /// After a forward() with the same parameters on the same workspace; once each, or it throws.
  /// With memory: of the latest segment first.
  void backward(const Parameters& parameters,
                TrainingWorkspace& workspace,
                Gradients& gradients,
                TrainingMemory* memory = nullptr) const;
  /// As backward(), but the gradients stay with the workspace, added to those of calls before,
  /// until a GradientCollector takes them (gradient_collector.h). Without memory.
  void accumulate(const Parameters& parameters, TrainingWorkspace& workspace) const;
  /// Where a device computes: forward(), what `between` enqueues, accumulate(), as one line of work
  /// that leaves outputs there. `between` writes all of the outputs' gradients; every call of a
  /// workspace must be given the same.
  void learn(const Parameters& parameters,
             TrainingWorkspace& workspace,
             const BetweenPasses& between) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace heddle::attention
