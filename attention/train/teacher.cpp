#include "attention/train/teacher.h"

#include <cstring>
#include <stdexcept>

namespace heddle::attention::train {
namespace {

const FunctionSpec& function_of(const ModelSpec& spec, const std::string& name) {
  const auto found = spec.functions.find(name);
  if (found != spec.functions.end()) return found->second;
  throw std::invalid_argument("teacher '" + spec.name + "' has no function '" + name + "'");
}

std::string names_of(const std::vector<InputSpec>& inputs) {
  std::string names;
  for (const InputSpec& input : inputs) names += (names.empty() ? "" : ", ") + input.name;
  return names;
}

/// Shapes are the workspace's to check.
const ModelSpec& with_inputs_of(const ModelSpec& teacher, const Pupil& pupil) {
  const auto& theirs = function_of(teacher, pupil.function).inputs;
  const auto& own = pupil.spec.functions.at(pupil.function).inputs;
  bool same = theirs.size() == own.size();
  for (std::size_t i = 0; same && i < own.size(); ++i) {
    same = theirs[i].name == own[i].name && theirs[i].dtypes == own[i].dtypes;
  }
  if (same) return teacher;
  throw std::invalid_argument("teacher '" + teacher.name + "' takes " + names_of(theirs) +
                              ", model '" + pupil.spec.name + "' takes " + names_of(own) +
                              "; a teacher has the inputs of who learns from it");
}

}  // namespace

/// Its layers are kept as `checkpoint` keeps them, which is less: nothing goes back through it.
Teacher::Teacher(const FrozenModel& model, const Pupil& pupil, const Backend& backend)
    : model_(model),
      output_(pupil.output),
      function_(with_inputs_of(model.spec, pupil), pupil.function, model.parameters, backend),
      work_(function_.make_workspace(
          pupil.inputs,
          {.checkpoint = true,
           .parameters = backend.on_device()
                             ? std::make_shared<DeviceParameters>(model.parameters, backend)
                             : nullptr,
           .windows = pupil.windows,
           .outputs_stay = true})) {
  const TensorView theirs = work_.output(output_);
  const TensorView own = pupil.work.output(output_);
  if (theirs.rank == own.rank && theirs.shape == own.shape) return;
  throw std::invalid_argument("teacher '" + model.spec.name + "' gives " + describe(theirs) +
                              ", model '" + pupil.spec.name + "' " + describe(own) +
                              "; a teacher has the output of who learns from it");
}

void Teacher::answer(std::span<const Batch> samples, std::int64_t count) {
  for (std::int64_t window = 0; window < count; ++window) {
    for (const auto& [name, view] : samples[static_cast<std::size_t>(window)].inputs) {
      const TensorView to = work_.input(name, window);
      std::memcpy(to.data, view.data, static_cast<std::size_t>(view.size()) * size_of(view.dtype));
    }
  }
  function_.forward(model_.parameters, work_);
}

}  // namespace heddle::attention::train
