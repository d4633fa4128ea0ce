#include "pipeline/training/window_source.h"

#include "attention/train/losses.h"
#include "attention/train/seeds.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::pipeline {

using attention::train::Batch;
using attention::train::SampleKey;

static_assert(kUnlabelled == attention::train::kIgnored);

void write_sample(const LabelledBases& window, const Batch& batch) {
  const auto found = batch.inputs.find("bases");
  if (found == batch.inputs.end() || found->second.size() != window.size() ||
      batch.labels.size() != kLabelColumns * window.size()) {
    throw std::invalid_argument("training windows: the model must take 'bases' u8 (" +
                                std::to_string(window.size()) + ")");
  }
  std::copy(window.bases.begin(), window.bases.end(), found->second.as<std::uint8_t>());
  auto* labels = batch.labels.as<std::uint8_t>();  // (window, 4)
  for (std::size_t i = 0; i < window.bases.size(); ++i, labels += kLabelColumns) {
    labels[0] = window.plus[i];
    labels[1] = window.minus[i];
    labels[2] = window.starts[i];
    labels[3] = window.rna[i];
  }
}

WindowSource::WindowSource(std::vector<Shard> shards, const WindowSettings& settings)
    : bases_(std::move(shards), settings) {
  const std::int64_t window = bases_.settings().window;
  for (const TrainingBases::Place& held : bases_.held_back()) {
    for (std::int64_t at = held.begin; at < held.end; at += window) {
      validation_.push_back({held.sequence, at, std::min(held.end, at + window)});
    }
  }
  validation_ = evenly(validation_, static_cast<std::size_t>(bases_.settings().most_validation));
}

void WindowSource::fill(const SampleKey& key, const Batch& batch) const {
  NoiseDraws draws(attention::train::seed_of(
      {key.seed, static_cast<std::uint64_t>(key.step), static_cast<std::uint64_t>(key.index)}));
  const Augmentation& change = bases_.settings().augmentation;
  LabelledBases window = bases_.draw(bases_.settings().window, draws);
  if (draws.chance(change.cut)) cut(window, draws);
  if (draws.chance(change.reverse)) reverse_complement(window);
  write_sample(window, batch);
}

std::int64_t WindowSource::validation_samples() const {
  return static_cast<std::int64_t>(validation_.size());
}

void WindowSource::fill_validation(std::int64_t index, const Batch& batch) const {
  LabelledBases window = validation_.at(static_cast<std::size_t>(index)).copy();
  fit(window, bases_.settings().window);
  write_sample(window, batch);
}

}  // namespace heddle::pipeline
