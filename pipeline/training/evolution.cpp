#include "pipeline/training/evolution.h"

#include <cmath>
#include <string_view>

namespace heddle::pipeline {
namespace {

constexpr std::string_view kAminoAcids = "ARNDCQEGHILKMFPSTWYV";
constexpr std::size_t kKinds = 20;
constexpr std::size_t kKeptBeforeStarts = 25;

constexpr std::int8_t kBlosum62[kKinds][kKinds] = {
    {4, -1, -2, -2, 0, -1, -1, 0, -2, -1, -1, -1, -1, -2, -1, 1, 0, -3, -2, 0},
    {-1, 5, 0, -2, -3, 1, 0, -2, 0, -3, -2, 2, -1, -3, -2, -1, -1, -3, -2, -3},
    {-2, 0, 6, 1, -3, 0, 0, 0, 1, -3, -3, 0, -2, -3, -2, 1, 0, -4, -2, -3},
    {-2, -2, 1, 6, -3, 0, 2, -1, -1, -3, -4, -1, -3, -3, -1, 0, -1, -4, -3, -3},
    {0, -3, -3, -3, 9, -3, -4, -3, -3, -1, -1, -3, -1, -2, -3, -1, -1, -2, -2, -1},
    {-1, 1, 0, 0, -3, 5, 2, -2, 0, -3, -2, 1, 0, -3, -1, 0, -1, -2, -1, -2},
    {-1, 0, 0, 2, -4, 2, 5, -2, 0, -3, -3, 1, -2, -3, -1, 0, -1, -3, -2, -2},
    {0, -2, 0, -1, -3, -2, -2, 6, -2, -4, -4, -2, -3, -3, -2, 0, -2, -2, -3, -3},
    {-2, 0, 1, -1, -3, 0, 0, -2, 8, -3, -3, -1, -2, -1, -2, -1, -2, -2, 2, -3},
    {-1, -3, -3, -3, -1, -3, -3, -4, -3, 4, 2, -3, 1, 0, -3, -2, -1, -3, -1, 3},
    {-1, -2, -3, -4, -1, -2, -3, -4, -3, 2, 4, -2, 2, 0, -3, -2, -1, -2, -1, 1},
    {-1, 2, 0, -1, -3, 1, 1, -2, -1, -3, -2, 5, -1, -3, -1, 0, -1, -3, -2, -2},
    {-1, -1, -2, -3, -1, 0, -2, -3, -2, 1, 2, -1, 5, 0, -2, -1, -1, -1, -1, 1},
    {-2, -3, -3, -3, -2, -3, -3, -3, -1, 0, 0, -3, 0, 6, -4, -2, -2, 1, 3, -1},
    {-1, -2, -2, -1, -3, -1, -1, -2, -2, -3, -3, -1, -2, -4, 7, -1, -1, -4, -3, -2},
    {1, -1, 1, 0, -1, 0, 0, 0, -1, -2, -2, 0, -1, -2, -1, 4, 1, -3, -2, -2},
    {0, -1, 0, -1, -1, -1, -1, -2, -2, -1, -1, -1, -1, -2, -1, 1, 5, -2, -2, 0},
    {-3, -3, -4, -4, -2, -2, -3, -2, -2, -3, -2, -3, -1, 1, -4, -3, -2, 11, 2, -3},
    {-2, -2, -2, -3, -2, -1, -2, -3, 2, -1, -1, -2, -1, 3, -3, -2, -2, 2, 7, -1},
    {0, -3, -3, -3, -1, -2, -2, -3, -3, 3, 1, -2, 1, -1, -2, -2, 0, -3, -1, 4},
};

constexpr double kFrequencies[kKinds] = {.074, .052, .045, .054, .025, .034, .054,
                                         .074, .026, .068, .099, .058, .025, .047,
                                         .039, .057, .051, .013, .032, .073};

std::array<double, 64> usage_of(const Lineage& lineage, NoiseDraws& draws) {
  std::array<double, 64> usage = codon_usage_at(lineage.gc);
  for (double& weight : usage) weight *= std::exp(lineage.own * draws.normal());
  return usage;
}

/// How likely each kind of amino acid stands where `from` stood and was replaced; sums to 1.
std::array<double, kKinds> replacements(std::size_t from,
                                        const std::array<double, kKinds>& fitness) {
  std::array<double, kKinds> share{};
  double sum = 0;
  for (std::size_t to = 0; to < kKinds; ++to) {
    if (to != from)
      share[to] = kFrequencies[to] * std::exp2(kBlosum62[from][to] / 2.) * fitness[to];
    sum += share[to];
  }
  for (double& value : share) value /= sum;
  return share;
}

/// The codons of each kind, by their usage, in shares of their kind; and the mean usage of a kind.
struct Kinds {
  std::array<std::size_t, 64> kind_of{};  // kKinds: a stop
  std::array<double, 64> share{};
  std::array<double, kKinds> mean{};
};

Kinds kinds_of(const GeneticCode& code, const std::array<double, 64>& usage) {
  const std::array<char, 64> meanings = amino_acids(code);
  Kinds kinds;
  std::array<double, kKinds> sum{}, count{};
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t kind = kAminoAcids.find(meanings[i]);
    kinds.kind_of[i] = kind == std::string_view::npos ? kKinds : kind;
    if (kinds.kind_of[i] == kKinds) continue;
    sum[kind] += usage[i];
    count[kind] += 1;
  }
  for (std::size_t i = 0; i < 64; ++i) {
    if (kinds.kind_of[i] < kKinds) kinds.share[i] = usage[i] / sum[kinds.kind_of[i]];
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) kinds.mean[kind] = sum[kind] / count[kind];
  return kinds;
}

CodonTable table_of(const GeneticCode& code, const Lineage& lineage, NoiseDraws& draws) {
  const Kinds kinds = kinds_of(code, usage_of(lineage, draws));
  std::array<std::array<double, kKinds>, kKinds> becomes;
  for (std::size_t from = 0; from < kKinds; ++from) {
    becomes[from] = replacements(from, kinds.mean);
    for (double& share : becomes[from]) share *= lineage.replaced;
    becomes[from][from] = 1 - lineage.replaced;
  }
  CodonTable table;
  for (std::size_t from = 0; from < 64; ++from) {
    if (kinds.kind_of[from] == kKinds) continue;
    for (std::size_t to = 0; to < 64; ++to) {
      if (kinds.kind_of[to] == kKinds) continue;
      table.weights[from][to] = becomes[kinds.kind_of[from]][kinds.kind_of[to]] * kinds.share[to];
    }
  }
  return table;
}

/// Bases that may drift: 1 where no gene of either kind lies and no start is near.
std::vector<std::uint8_t> between_genes(const LabelledBases& window) {
  const std::size_t length = window.bases.size();
  std::vector<std::uint8_t> free(length);
  for (std::size_t i = 0; i < length; ++i) {
    const bool rna = window.rna[i] != 0 && window.rna[i] != kUnlabelled;
    free[i] = window.plus[i] == 0 && window.minus[i] == 0 && !rna && window.bases[i] < 4 ? 1 : 0;
  }
  for (std::size_t i = 0; i < length; ++i) {
    if (window.starts[i] != 1 && window.starts[i] != 2) continue;
    for (std::size_t k = 1; k <= kKeptBeforeStarts; ++k) {
      if (window.starts[i] == 1 && k <= i) free[i - k] = 0;
      if (window.starts[i] == 2 && i + k < length) free[i + k] = 0;
    }
  }
  return free;
}

void drift(LabelledBases& window, const Lineage& lineage, NoiseDraws& draws) {
  // Between genes the GC content follows that of third positions half as far.
  const double gc = 0.18 + 0.5 * lineage.gc;
  const std::vector<std::uint8_t> free = between_genes(window);
  for (std::size_t i = 0; i < free.size(); ++i) {
    if (free[i] == 0 || !draws.chance(lineage.drifted)) continue;
    const bool strong = draws.chance(gc);
    const bool second = draws.chance(0.5);
    window.bases[i] = static_cast<std::uint8_t>(strong ? (second ? 2 : 1) : (second ? 3 : 0));
  }
}

}  // namespace

Lineage draw_lineage(NoiseDraws& draws) {
  Lineage lineage;
  lineage.gc = draws.uniform(0.15, 0.9);
  lineage.replaced = draws.uniform(0, 0.5);
  lineage.drifted = draws.uniform(0.3, 0.9);
  return lineage;
}

void evolve(LabelledBases& window,
            const GeneticCode& code,
            const Lineage& lineage,
            NoiseDraws& draws) {
  recode(window, table_of(code, lineage, draws), draws);
  drift(window, lineage, draws);
}

}  // namespace heddle::pipeline
