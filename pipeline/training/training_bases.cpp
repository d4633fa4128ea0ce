#include "pipeline/training/training_bases.h"

#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/rna_kinds.h"
#include "pipeline/training/evolution.h"
#include "pipeline/training/recoding.h"
#include "pipeline/training/shuffling.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

void require_sound(const WindowSettings& settings) {
  const Augmentation& change = settings.augmentation;
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  const bool shares = share(change.reverse) && share(change.clean) && share(change.recoded) &&
                      share(change.cut) && share(change.gaps) && share(change.highest_error) &&
                      share(change.shuffled) && share(change.evolved) && share(change.rna);
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

TrainingBases::TrainingBases(std::vector<Shard> shards, const WindowSettings& settings)
    : shards_(std::move(shards)), settings_(settings) {
  require_sound(settings_);
  for (const Shard& shard : shards_) {
    for (const LabelledView& sequence : shard.sequences()) hold_back(sequence);
  }
  if (training_bases_ == 0) {
    throw std::invalid_argument("training windows: the data set has no bases");
  }
  if (settings_.augmentation.rna > 0) find_rnas();
}

bool TrainingBases::knows_rna() const {
  return std::ranges::any_of(training_, [](const Place& place) {
    return std::ranges::any_of(place.sequence->rna,
                               [](std::uint8_t label) { return label != kUnlabelled; });
  });
}

void TrainingBases::find_rnas() {
  std::vector<std::vector<Place>> by_kind(kRnaKinds);
  for (const Place& place : training_) {
    const auto labels = place.sequence->rna;
    const auto end = std::min<std::int64_t>(place.end, static_cast<std::int64_t>(labels.size()));
    for (std::int64_t begin = 0, next = 0; begin < end; begin = next) {
      const std::uint8_t label = labels[static_cast<std::size_t>(begin)];
      while (next < end && labels[static_cast<std::size_t>(next)] == label) ++next;
      if (label == 0 || label == kUnlabelled) continue;
      by_kind[static_cast<std::size_t>(kind_of_class(label))].push_back(
          {place.sequence, begin, next});
    }
  }
  std::erase_if(by_kind, [](const auto& places) { return places.empty(); });
  rnas_ = std::move(by_kind);
  if (rnas_.empty()) {
    throw std::invalid_argument(
        "the data have no RNA genes to draw windows around: pack them again, with annotations that "
        "have rows of type tRNA and rRNA, or give --rna-windows 0");
  }
}

TrainingBases::Place TrainingBases::choose_rna(NoiseDraws& draws) const {
  const auto any = [&draws](const auto& all) -> decltype(auto) {
    return all[static_cast<std::size_t>(draws.below(static_cast<int>(all.size())))];
  };
  return any(any(rnas_));
}

void TrainingBases::hold_back(const LabelledView& sequence) {
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
  training_bases_ += cut;
  if (cut > 0) {
    training_.push_back({&sequence, 0, cut});
    ends_.push_back(training_bases_);
  }
  if (cut < length) held_back_.push_back({&sequence, cut, length});
}

LabelledBases TrainingBases::piece(std::int64_t length, NoiseDraws& draws) const {
  const Augmentation& change = settings_.augmentation;
  auto at = static_cast<std::int64_t>(draws.uniform() * static_cast<double>(training_bases_));
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), at);
  Place place = training_[static_cast<std::size_t>(end - ends_.begin())];
  at -= *end - place.end;
  if (change.rna > 0 && draws.chance(change.rna)) {
    const Place rna = choose_rna(draws);
    at = rna.begin + draws.below(static_cast<int>(rna.size()));
    place = *std::ranges::find(training_, rna.sequence, &Place::sequence);
  }
  // One that would begin before its sequence begins with it: first bases are seen more than others.
  const std::int64_t before = draws.below(static_cast<int>(length));
  const std::int64_t begin = std::max<std::int64_t>(0, at - before);
  // Deletions make it shorter.
  const std::int64_t spare = length / 8 + 16;
  LabelledBases made = place.sequence->copy(begin, std::min(place.end, begin + length + spare));
  const GeneticCode code(place.sequence->genetic_code);
  if (change.shuffled > 0 && draws.chance(change.shuffled)) shuffle_genes(made, code, draws);
  if (change.evolved > 0 && draws.chance(change.evolved)) {
    const Lineage lineage = draw_lineage(draws);
    evolve(made, code, lineage, draws);
  } else if (draws.chance(change.recoded)) {
    const double gc = draws.uniform(change.lowest_gc, change.highest_gc);
    recode(made, synonyms(code, codon_usage_at(gc)), draws);
  }
  return made;
}

LabelledBases TrainingBases::draw(std::int64_t length, NoiseDraws& draws) const {
  const Augmentation& change = settings_.augmentation;
  LabelledBases made = piece(length, draws);
  if (!draws.chance(change.clean)) {
    const double rate = draws.log_uniform(change.lowest_error, change.highest_error);
    add_errors(made, rate, draws);
  }
  if (draws.chance(change.gaps)) add_gap(made, draws);
  fit(made, length);
  return made;
}

std::string TrainingBases::fingerprint() const {
  std::string sums;
  for (const Shard& shard : shards_) sums += (sums.empty() ? "" : " ") + shard.checksum();
  return sums;
}

}  // namespace heddle::pipeline
