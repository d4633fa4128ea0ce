#include "attention/train/stream_objective.h"

#include "attention/train/training_error.h"

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace heddle::attention::train {
namespace {

constexpr std::string_view kMagic = "heddle rows 1\n";

void add(const SampleLoss& one, SampleLoss& sum) {
  sum.total += one.total;
  sum.groups.resize(one.groups.size());
  for (std::size_t i = 0; i < one.groups.size(); ++i) {
    sum.groups[i].loss += one.groups[i].loss;
    sum.groups[i].rows += one.groups[i].rows;
    sum.groups[i].right += one.groups[i].right;
  }
}

/// Losses as means over segments, rows as their sum.
SampleLoss mean(SampleLoss sum, double segments) {
  sum.total /= segments;
  for (LossValue& group : sum.groups) group.loss /= segments;
  return sum;
}

StreamSettings sound(const StreamSettings& settings) {
  if (settings.segments >= 1) return settings;
  throw std::invalid_argument("streams learn from 1 segment a step or more, asked for " +
                              std::to_string(settings.segments));
}

}  // namespace

StreamObjective::StreamObjective(Parameters parameters,
                                 const ModelSpec& spec,
                                 const StreamSource& source,
                                 const ModelObjectiveSettings& settings,
                                 const StreamSettings& stream,
                                 const Backend& backend)
    : TrainedModel(std::move(parameters), spec, settings, backend),
      source_(source),
      stream_(sound(stream)),
      validation_(function().make_memory(1)) {
  if (settings.teacher) {
    throw std::invalid_argument("teacher '" + settings.teacher->spec.name + "': model '" +
                                spec.name + "' learns from streams, which no teacher answers");
  }
  for (int i = 0; i < stream_.segments; ++i) slots_.push_back(make_slot(source_.columns()));
}

TrainingMemory& StreamObjective::memory_of(std::int64_t row) {
  while (static_cast<std::int64_t>(rows_.size()) <= row) {
    rows_.push_back(function().make_memory(stream_.segments));
  }
  return rows_[static_cast<std::size_t>(row)];
}

void StreamObjective::forward(Slot& slot, const StreamSegment& at, TrainingMemory& memory) {
  function().forward(now(),
                     slot.work,
                     &memory,
                     {.first = memory.length() - at.core_begin,
                      .core_begin = at.core_begin,
                      .core_end = at.core_end,
                      .read_past = stream_.read_past});
}

/// The latest first; what they left in memory is constant from then on.
void StreamObjective::walk_back(std::size_t begin, std::size_t end, TrainingMemory& memory) {
  for (std::size_t i = end; i-- > begin;) {
    function().backward(now(), slots_[i].work, gradients(), &memory);
  }
  memory.cut();
}

SampleLoss StreamObjective::train(const SampleKey& key, std::span<float> gradient) {
  TrainingMemory& memory = memory_of(key.index);
  const auto segments = static_cast<std::int64_t>(slots_.size());
  SampleLoss sum;
  gradients().set_zero();
  std::size_t open = 0;  // the first segment that was not walked back
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const StreamSegment at = source_.fill(
        {key.seed, key.index, key.step * segments + static_cast<std::int64_t>(i)}, slot.batches[0]);
    if (at.begins) {
      walk_back(open, i, memory);
      memory.reset();
      open = i;
    }
    forward(slot, at, memory);
    add(evaluate_to_learn(slot), sum);
  }
  walk_back(open, slots_.size(), memory);
  if (!std::isfinite(sum.total)) memory.reset();
  add_gradients(1.0f / static_cast<float>(segments), gradient);
  return mean(std::move(sum), static_cast<double>(segments));
}

SampleLoss StreamObjective::validate(std::int64_t index) {
  const std::int64_t segments = source_.validation_segments(index);
  Slot& slot = slots_.front();
  SampleLoss sum;
  validation_.reset();
  for (std::int64_t i = 0; i < segments; ++i) {
    forward(slot, source_.fill_validation(index, i, slot.batches[0]), validation_);
    validation_.cut();
    add(evaluate(slot), sum);
  }
  return mean(std::move(sum), static_cast<double>(segments));
}

std::string StreamObjective::carried() const {
  std::ostringstream to;
  to << kMagic << rows_.size() << '\n';
  for (const TrainingMemory& row : rows_) row.save(to);
  return std::move(to).str();
}

void StreamObjective::carry(const std::string& bytes) {
  std::istringstream from(bytes);
  std::string magic(kMagic.size(), '\0');
  from.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  std::int64_t rows = -1;
  from >> rows;
  constexpr std::int64_t kMost = 1 << 20;
  if (magic != kMagic || rows < 0 || rows > kMost || from.get() != '\n') {
    throw TrainingError(
        "checkpoint: it holds no memories of streams; begin again without --resume");
  }
  rows_.clear();
  try {
    for (std::int64_t row = 0; row < rows; ++row) memory_of(row).restore(from);
  } catch (const std::runtime_error& error) {
    rows_.clear();
    throw TrainingError(std::string("checkpoint: the memory of a row: ") + error.what());
  }
}

double StreamObjective::flop() const {
  double all = 0;
  for (const Slot& slot : slots_) all += slot.work.forward_flop() + slot.work.backward_flop();
  return all;
}

std::size_t StreamObjective::workspace_bytes() const {
  std::size_t all = 0;
  for (const Slot& slot : slots_) all += slot.work.bytes();
  return all;
}

}  // namespace heddle::attention::train
