#include "attention/model/gradient_collector.h"

#include "attention/model/training_state.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <stdexcept>

namespace heddle::attention {
namespace {

void add(std::span<const float> from, std::span<float> to) {
  if (from.size() != to.size()) {
    throw std::invalid_argument("gradients of another model than the workspaces'");
  }
  constexpr std::size_t kPiece = 1 << 16;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, to.size(), kPiece), [&](const auto& piece) {
    for (std::size_t i = piece.begin(); i < piece.end(); ++i) to[i] += from[i];
  });
}

/// A block of gradients as one row.
TensorView row_of(const TrainingPlace& place) {
  return view_of(place.gradients, {1, place.gradient_elements});
}

}  // namespace

GradientCollector::GradientCollector(std::vector<TrainingWorkspace*> from)
    : from_(std::move(from)) {
  if (from_.empty()) throw std::invalid_argument("gradients are collected from no workspace");
  const TrainingWorkspace::State& first = from_[0]->state();
  if (!first.place) return;
  line_ = first.learning->function.backend->arena(
      0, static_cast<std::size_t>(first.place->gradient_elements) * sizeof(float));
  clear_ = first.learning->function.backend->arena(0, 0);
}

GradientCollector::~GradientCollector() = default;

void GradientCollector::collect(Gradients& to) {
  if (line_) return collect_there(to);
  for (TrainingWorkspace* workspace : from_) {
    std::optional<Gradients>& held = workspace->state().held;
    if (!held) continue;
    add(held->flat(), to.flat());
    held->set_zero();
  }
}

void GradientCollector::collect_there(Gradients& to) {
  const TrainingPlace& first = *from_[0]->state().place;
  const GradientOps& ops = *from_[0]->state().learning->function.backend->gradients();
  const TensorView sum = row_of(first);
  const DeviceCopy back{
      line_->host(), first.gradients, static_cast<std::size_t>(sum.size()) * sizeof(float)};
  line_->run({},
             [&] {
               for (std::size_t i = 1; i < from_.size(); ++i) {
                 const TensorView one = row_of(*from_[i]->state().place);
                 ops.columns({.from = one, .to = sum, .count = sum.size(), .add = true});
                 ops.columns({.from = one, .to = one, .count = sum.size(), .scale = 0});
               }
             },
             {&back, 1});
  clear_->run(
      {}, [&] { ops.columns({.from = sum, .to = sum, .count = sum.size(), .scale = 0}); }, {});
  add({static_cast<const float*>(line_->host()), static_cast<std::size_t>(sum.size())}, to.flat());
}

}  // namespace heddle::attention
