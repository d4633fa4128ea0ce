#include "pipeline/training/recoding.h"

#include <string_view>

namespace heddle::pipeline {
namespace {

constexpr std::string_view kLetters = "ACGT";

using Codon = std::array<std::uint8_t, 3>;

Codon codon_of(int index) {
  return {static_cast<std::uint8_t>(index / 16),
          static_cast<std::uint8_t>(index / 4 % 4),
          static_cast<std::uint8_t>(index % 4)};
}

int index_of(const Codon& codon) { return codon[0] * 16 + codon[1] * 4 + codon[2]; }

/// Is there a whole codon at i that only this strand reads?
bool free_codon(const LabelledBases& window, std::size_t i, bool plus) {
  const auto& mine = plus ? window.plus : window.minus;
  const auto& other = plus ? window.minus : window.plus;
  for (std::size_t k = 0; k < 3; ++k) {
    const std::size_t phase = plus ? 1 + k : 3 - k;
    if (mine[i + k] != phase || other[i + k] != 0) return false;
    if (window.bases[i + k] > 3 || window.starts[i + k] != 0) return false;
  }
  return true;
}

}  // namespace

std::array<double, 64> codon_usage_at(double gc) {
  std::array<double, 64> usage;
  for (int i = 0; i < 64; ++i) {
    double weight = 1;
    for (const std::uint8_t base : codon_of(i)) weight *= base == 1 || base == 2 ? gc : 1 - gc;
    usage[static_cast<std::size_t>(i)] = weight;
  }
  return usage;
}

std::array<char, 64> amino_acids(const GeneticCode& code) {
  std::array<char, 64> all;
  for (int i = 0; i < 64; ++i) {
    const Codon codon = codon_of(i);
    const char letters[] = {kLetters[codon[0]], kLetters[codon[1]], kLetters[codon[2]]};
    all[static_cast<std::size_t>(i)] = code.amino_acid({letters, 3});
  }
  return all;
}

int CodonTable::draw(int codon, NoiseDraws& draws) const {
  const auto& row = weights[static_cast<std::size_t>(codon)];
  double sum = 0;
  for (const double weight : row) sum += weight;
  if (sum == 0) return codon;
  double left = draws.uniform() * sum;
  int chosen = codon;
  for (int i = 0; i < 64; ++i) {
    if (row[static_cast<std::size_t>(i)] == 0) continue;
    chosen = i;
    left -= row[static_cast<std::size_t>(i)];
    if (left < 0) break;
  }
  return chosen;
}

CodonTable synonyms(const GeneticCode& code, const std::array<double, 64>& usage) {
  const std::array<char, 64> meanings = amino_acids(code);
  CodonTable table;
  for (std::size_t from = 0; from < 64; ++from) {
    if (meanings[from] == '*') continue;
    for (std::size_t to = 0; to < 64; ++to) {
      if (meanings[to] == meanings[from]) table.weights[from][to] = usage[to];
    }
  }
  return table;
}

void recode(LabelledBases& window, const CodonTable& table, NoiseDraws& draws) {
  const auto complement = [](std::uint8_t base) { return static_cast<std::uint8_t>(3 - base); };
  for (std::size_t i = 0; i + 3 <= window.bases.size(); ++i) {
    std::uint8_t* bases = &window.bases[i];
    if (free_codon(window, i, true)) {
      const Codon codon = codon_of(table.draw(index_of({bases[0], bases[1], bases[2]}), draws));
      for (std::size_t k = 0; k < 3; ++k) bases[k] = codon[k];
    } else if (free_codon(window, i, false)) {
      const Codon read = {complement(bases[2]), complement(bases[1]), complement(bases[0])};
      const Codon codon = codon_of(table.draw(index_of(read), draws));
      for (std::size_t k = 0; k < 3; ++k) bases[k] = complement(codon[2 - k]);
    }
  }
}

}  // namespace heddle::pipeline
