#include "app/train/teacher.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::app {
namespace {

using attention::ModelSpec;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

std::string field(const ModelSpec& spec, const char* name) {
  const auto found = spec.fields.find(name);
  return found == spec.fields.end() ? "" : found->second;
}

/// Equally many channels may still be others.
void require_same_meaning(const ModelSpec& teacher, const ModelSpec& pupil) {
  if (teacher.kind != pupil.kind) {
    refuse("--teacher: model '" + teacher.name + "' is of kind '" + teacher.kind + "', '" +
           pupil.name + "' of kind '" + pupil.kind + "'");
  }
  for (const char* name : {"rna", "rna_kinds"}) {
    const std::string theirs = field(teacher, name);
    const std::string own = field(pupil, name);
    if (theirs == own) continue;
    refuse("--teacher: model '" + teacher.name + "' has '" + name + "' " +
           (theirs.empty() ? "nowhere" : theirs) + ", model '" + pupil.name + "' " +
           (own.empty() ? "nowhere" : own) + "; a teacher tells what the model is to tell");
  }
}

}  // namespace

double teacher_share(const TrainOptions& options) {
  return options.teacher.empty() ? 0 : options.teacher_share.value_or(kTeacherShare);
}

bool remembers(const ModelSpec& spec) {
  const auto found = spec.functions.find("forward");
  return found != spec.functions.end() &&
         std::ranges::any_of(found->second.steps, [](const attention::Step& step) {
           return step.op == "memory_attention";
         });
}

std::shared_ptr<const attention::train::FrozenModel> open_teacher(const TrainOptions& options,
                                                                  const ModelSpec& pupil) {
  if (options.teacher.empty()) return nullptr;
  attention::Parameters parameters{attention::Weights(options.teacher)};
  ModelSpec spec = attention::model_spec(parameters, options.teacher);
  require_same_meaning(spec, pupil);
  for (const ModelSpec* one : {&pupil, static_cast<const ModelSpec*>(&spec)}) {
    if (!remembers(*one)) continue;
    refuse("--teacher is of models without rolling memory; model '" + one->name + "' has one");
  }
  return std::make_shared<attention::train::FrozenModel>(
      attention::train::FrozenModel{std::move(parameters), std::move(spec)});
}

}  // namespace heddle::app
