#include "pipeline/training/shuffling.h"

#include "pipeline/training/augmentation.h"

#include <algorithm>
#include <span>

namespace heddle::pipeline {
namespace {

constexpr int kTries = 50;  // to make a stop codon another one

using Bases = std::span<std::uint8_t>;

void swap_with_any(Bases bases, std::size_t i, NoiseDraws& draws) {
  std::swap(bases[i], bases[static_cast<std::size_t>(draws.below(static_cast<int>(bases.size())))]);
}

bool is_stop(const GeneticCode& code, Bases bases, std::size_t codon) {
  const std::size_t at = 3 * codon;
  return code.meaning(bases[at], bases[at + 1], bases[at + 2]).plus_stop;
}

/// Bases of whole codons in any order that has no stop in the first frame, where one is found soon.
void shuffle(Bases bases, const GeneticCode& code, NoiseDraws& draws) {
  for (std::size_t i = bases.size(); i > 1; --i) {
    std::swap(bases[i - 1], bases[static_cast<std::size_t>(draws.below(static_cast<int>(i)))]);
  }
  const std::size_t codons = bases.size() / 3;
  for (int round = 0; round < kTries; ++round) {  // a swap may make a stop elsewhere
    bool open = true;
    for (std::size_t codon = 0; codon < codons; ++codon) {
      if (!is_stop(code, bases, codon)) continue;
      open = false;
      swap_with_any(bases, 3 * codon + static_cast<std::size_t>(draws.below(3)), draws);
    }
    if (open) return;
  }
}

/// Where the gene of the + strand that has a base at `begin` stops to be read base after base.
std::size_t end_of_gene(const LabelledBases& window, std::size_t begin) {
  std::size_t end = begin + 1;
  const auto next = [&](std::size_t i) {
    return window.plus[i] == window.plus[i - 1] % 3 + 1 && window.starts[i] != 1;
  };
  while (end < window.plus.size() && next(end)) ++end;
  return end;
}

bool stands_alone(const LabelledBases& window, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (window.minus[i] != 0 || window.bases[i] > 3 || window.starts[i] > 1) return false;
    if (window.rna[i] != 0 && window.rna[i] != kUnlabelled) return false;
  }
  return true;
}

void shuffle_plus(LabelledBases& window, const GeneticCode& code, NoiseDraws& draws) {
  for (std::size_t begin = 0, end = 0; begin < window.plus.size(); begin = end) {
    end = begin + 1;
    if (window.plus[begin] == 0 || window.plus[begin] == kUnlabelled) continue;
    end = end_of_gene(window, begin);
    if (end - begin < kShortestShuffled || !stands_alone(window, begin, end) || !draws.chance(0.5))
      continue;
    std::size_t first = begin, last = end;  // of whole codons between start and stop
    while (window.plus[first] != 1) ++first;
    while (window.plus[last - 1] != 3) --last;
    const Bases bases(window.bases);
    if (window.starts[first] == 1) first += 3;
    if (is_stop(code, bases.subspan(last - 3, 3), 0)) last -= 3;
    shuffle(bases.subspan(first, last - first), code, draws);
    std::fill(window.plus.begin() + static_cast<std::ptrdiff_t>(begin),
              window.plus.begin() + static_cast<std::ptrdiff_t>(end),
              std::uint8_t{0});
    std::fill(window.starts.begin() + static_cast<std::ptrdiff_t>(begin),
              window.starts.begin() + static_cast<std::ptrdiff_t>(end),
              std::uint8_t{0});
  }
}

}  // namespace

void shuffle_genes(LabelledBases& window, const GeneticCode& code, NoiseDraws& draws) {
  shuffle_plus(window, code, draws);
  reverse_complement(window);
  shuffle_plus(window, code, draws);
  reverse_complement(window);
}

}  // namespace heddle::pipeline
