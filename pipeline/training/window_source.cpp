#include "pipeline/training/window_source.h"

#include "attention/train/losses.h"
#include "attention/train/seeds.h"
#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/training/recoding.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

using attention::train::Batch;
using attention::train::SampleKey;

static_assert(kUnlabelled == attention::train::kIgnored);

void require_sound(const WindowSettings& settings) {
  const Augmentation& change = settings.augmentation;
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  const bool shares = share(change.reverse) && share(change.clean) && share(change.recoded) &&
                      share(change.cut) && share(change.gaps) && share(change.highest_error);
  const bool ranges = change.lowest_error > 0 && change.lowest_error <= change.highest_error &&
                      change.lowest_gc > 0 && change.lowest_gc <= change.highest_gc &&
                      change.highest_gc < 1;
  if (settings.window < 8 || settings.held_back < 0 || settings.held_back >= 1 || !shares ||
      !ranges) {
    throw std::invalid_argument(
        "training windows: shares are 0 to 1, error rates and GC contents above 0 and in order, a "
        "window 8 bases or more");
  }
}

}  // namespace

WindowSource::WindowSource(std::vector<Shard> shards, const WindowSettings& settings)
    : shards_(std::move(shards)), settings_(settings) {
  require_sound(settings_);
  for (const Shard& shard : shards_) {
    for (const LabelledView& sequence : shard.sequences()) hold_back(sequence);
  }
  if (training_bases_ == 0) {
    throw std::invalid_argument("training windows: the data set has no bases");
  }
  // Evenly over the data, where there are more than are wanted.
  const auto wanted = static_cast<std::size_t>(settings_.most_validation);
  if (validation_.size() > wanted) {
    std::vector<Place> kept;
    for (std::size_t i = 0; i < wanted; ++i) {
      kept.push_back(validation_[i * validation_.size() / wanted]);
    }
    validation_ = std::move(kept);
  }
}

void WindowSource::hold_back(const LabelledView& sequence) {
  const std::int64_t length = sequence.size();
  if (length == 0) return;
  const double share = static_cast<double>(length) * settings_.held_back;
  std::int64_t cut = length - static_cast<std::int64_t>(share);
  // Less than half a window tells little: one whole sequence, when its kind owe so much.
  if (2 * (length - cut) < settings_.window) {
    owed_ += share;
    const bool whole = owed_ >= static_cast<double>(length);
    if (whole) owed_ -= static_cast<double>(length);
    cut = whole ? 0 : length;
  }
  if (cut > 0) training_.push_back({&sequence, 0, cut});
  training_bases_ += cut;
  for (std::int64_t at = cut; at < length; at += settings_.window) {
    validation_.push_back({&sequence, at, std::min(length, at + settings_.window)});
  }
}

LabelledBases WindowSource::draw(NoiseDraws& draws) const {
  auto at = static_cast<std::int64_t>(draws.uniform() * static_cast<double>(training_bases_));
  std::size_t i = 0;
  while (i + 1 < training_.size() && at >= training_[i].end) at -= training_[i++].end;
  const Place& place = training_[i];
  // One that would begin before its sequence begins with it: first bases are seen more than others.
  const std::int64_t before = draws.below(static_cast<int>(settings_.window));
  const std::int64_t begin = std::max<std::int64_t>(0, at - before);
  // Deletions make it shorter.
  const std::int64_t spare = settings_.window / 8 + 16;
  LabelledBases window =
      place.sequence->copy(begin, std::min(place.end, begin + settings_.window + spare));
  const Augmentation& change = settings_.augmentation;
  if (draws.chance(change.recoded)) {
    recode(window,
           GeneticCode(place.sequence->genetic_code),
           draws.uniform(change.lowest_gc, change.highest_gc),
           draws);
  }
  return window;
}

void WindowSource::write(LabelledBases& window, const Batch& batch) const {
  fit(window, settings_.window);
  const auto found = batch.inputs.find("bases");
  if (found == batch.inputs.end() || found->second.size() != settings_.window ||
      batch.labels.size() != 3 * settings_.window) {
    throw std::invalid_argument("training windows: the model must take 'bases' u8 (" +
                                std::to_string(settings_.window) + ")");
  }
  std::copy(window.bases.begin(), window.bases.end(), found->second.as<std::uint8_t>());
  auto* labels = batch.labels.as<std::uint8_t>();  // (window, 3)
  for (std::size_t i = 0; i < window.bases.size(); ++i) {
    labels[3 * i] = window.plus[i];
    labels[3 * i + 1] = window.minus[i];
    labels[3 * i + 2] = window.starts[i];
  }
}

void WindowSource::fill(const SampleKey& key, const Batch& batch) const {
  NoiseDraws draws(attention::train::seed_of(
      {key.seed, static_cast<std::uint64_t>(key.step), static_cast<std::uint64_t>(key.index)}));
  const Augmentation& change = settings_.augmentation;
  LabelledBases window = draw(draws);
  if (!draws.chance(change.clean)) {
    const double rate = draws.log_uniform(change.lowest_error, change.highest_error);
    add_errors(window, rate, draws);
  }
  if (draws.chance(change.gaps)) add_gap(window, draws);
  fit(window, settings_.window);
  if (draws.chance(change.cut)) cut(window, draws);
  if (draws.chance(change.reverse)) reverse_complement(window);
  write(window, batch);
}

std::string WindowSource::fingerprint() const {
  std::string sums;
  for (const Shard& shard : shards_) sums += (sums.empty() ? "" : " ") + shard.checksum();
  return sums;
}

std::int64_t WindowSource::validation_samples() const {
  return static_cast<std::int64_t>(validation_.size());
}

void WindowSource::fill_validation(std::int64_t index, const Batch& batch) const {
  const Place& place = validation_.at(static_cast<std::size_t>(index));
  LabelledBases window = place.sequence->copy(place.begin, place.end);
  write(window, batch);
}

}  // namespace heddle::pipeline
