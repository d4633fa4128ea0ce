#include "pipeline/training/augmentation.h"

#include "pipeline/encoders/bases.h"
#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr double kSubstitutions = 0.40;
constexpr double kDeletions = 0.35;

/// How much likelier an error is at each base than at one that stands alone; 0: an N has none.
std::vector<std::uint8_t> error_weights(std::span<const std::uint8_t> bases) {
  std::vector<std::uint8_t> weights(bases.size());
  int run = 0;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    run = i > 0 && bases[i] == bases[i - 1] ? run + 1 : 1;
    weights[i] = bases[i] == kUnknownBase ? 0 : run >= 4 ? 8 : run == 3 ? 3 : 1;
  }
  return weights;
}

void append(const LabelledBases& from, std::size_t i, LabelledBases& to) {
  to.bases.push_back(from.bases[i]);
  to.plus.push_back(from.plus[i]);
  to.minus.push_back(from.minus[i]);
  to.starts.push_back(from.starts[i]);
  to.rna.push_back(from.rna[i]);
}

std::uint8_t label_of_inserted(std::uint8_t label) { return label == kUnlabelled ? label : 0; }

void append_inserted(const LabelledBases& from, std::size_t i, LabelledBases& to) {
  to.bases.push_back(from.bases[i]);
  to.plus.push_back(label_of_inserted(from.plus[i]));
  to.minus.push_back(label_of_inserted(from.minus[i]));
  to.starts.push_back(label_of_inserted(from.starts[i]));
  to.rna.push_back(from.rna[i]);
}

void blank(LabelledBases& window, std::size_t begin, std::size_t end) {
  const auto put = [begin, end](std::vector<std::uint8_t>& track, std::uint8_t value) {
    std::fill(track.begin() + static_cast<std::ptrdiff_t>(begin),
              track.begin() + static_cast<std::ptrdiff_t>(end),
              value);
  };
  put(window.bases, kUnknownBase);
  for (auto* track : window.labels()) put(*track, kUnlabelled);
}

}  // namespace

void reverse_complement(LabelledBases& window) {
  std::vector<std::uint8_t> bases(window.bases.size());
  reverse_complement(std::span<const std::uint8_t>(window.bases), bases);
  window.bases = std::move(bases);
  std::swap(window.plus, window.minus);
  for (auto* track : window.labels()) std::reverse(track->begin(), track->end());
  constexpr std::array<std::uint8_t, 3> kOther = {0, 2, 1};
  for (std::uint8_t& start : window.starts) {
    if (start != kUnlabelled) start = kOther[start];
  }
  for (std::uint8_t& label : window.rna) {
    if (label != kUnlabelled) label = static_cast<std::uint8_t>(turned(label));
  }
}

void add_errors(LabelledBases& window, double rate, NoiseDraws& draws) {
  const std::vector<std::uint8_t> weights = error_weights(window.bases);
  double sum = 0, known = 0;
  for (const std::uint8_t weight : weights) {
    sum += weight;
    known += weight > 0 ? 1 : 0;
  }
  if (sum == 0 || rate <= 0) return;
  const double scale = rate * known / sum;
  LabelledBases noisy;
  for (auto* track : noisy.tracks()) track->reserve(weights.size() + weights.size() / 16);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool hit = weights[i] > 0 && draws.chance(scale * weights[i]);
    const double kind = hit ? draws.uniform() : 1;
    if (hit && kind >= kSubstitutions && kind < kSubstitutions + kDeletions) continue;
    append(window, i, noisy);
    if (!hit) continue;
    if (kind < kSubstitutions) {
      noisy.bases.back() = static_cast<std::uint8_t>((window.bases[i] + 1 + draws.below(3)) % 4);
    } else {
      append_inserted(window, i, noisy);
    }
  }
  window = std::move(noisy);
}

void add_gap(LabelledBases& window, NoiseDraws& draws) {
  const auto length = static_cast<int>(window.size());
  if (length < 8) return;
  const int run = 1 + draws.below(length / 8);
  const int begin = draws.below(length - run);
  std::fill_n(window.bases.begin() + begin, run, kUnknownBase);
}

void fit(LabelledBases& window, std::int64_t length) {
  const auto wanted = static_cast<std::size_t>(length);
  const std::size_t known = std::min(window.bases.size(), wanted);
  for (auto* track : window.tracks()) track->resize(wanted);
  blank(window, known, wanted);
}

void cut(LabelledBases& window, NoiseDraws& draws) {
  const auto at = static_cast<std::size_t>(draws.below(static_cast<int>(window.size())));
  if (draws.chance(0.5)) {
    blank(window, 0, at);
  } else {
    blank(window, at, window.bases.size());
  }
}

}  // namespace heddle::pipeline
