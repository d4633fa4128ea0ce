#include "pipeline/training/recoding.h"

#include <array>
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

/// For each codon the weights of all that mean the same.
class Synonyms {
 public:
  Synonyms(const GeneticCode& code, double gc) {
    for (int i = 0; i < 64; ++i) {
      const Codon codon = codon_of(i);
      char letters[3];
      double weight = 1;
      for (std::size_t k = 0; k < 3; ++k) {
        letters[k] = kLetters[codon[k]];
        weight *= codon[k] == 1 || codon[k] == 2 ? gc : 1 - gc;
      }
      amino_acids_[static_cast<std::size_t>(i)] = code.amino_acid({letters, 3});
      weights_[static_cast<std::size_t>(i)] = weight;
    }
  }

  Codon draw(const Codon& codon, NoiseDraws& draws) const {
    const char wanted =
        amino_acids_[static_cast<std::size_t>(codon[0] * 16 + codon[1] * 4 + codon[2])];
    if (wanted == '*') return codon;
    double sum = 0;
    for (std::size_t i = 0; i < 64; ++i) sum += amino_acids_[i] == wanted ? weights_[i] : 0;
    double left = draws.uniform() * sum;
    Codon chosen = codon;
    for (std::size_t i = 0; i < 64; ++i) {
      if (amino_acids_[i] != wanted) continue;
      chosen = codon_of(static_cast<int>(i));
      left -= weights_[i];
      if (left < 0) break;
    }
    return chosen;
  }

 private:
  std::array<char, 64> amino_acids_{};
  std::array<double, 64> weights_{};
};

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

void recode(LabelledBases& window, const GeneticCode& code, double gc, NoiseDraws& draws) {
  const Synonyms synonyms(code, gc);
  for (std::size_t i = 0; i + 3 <= window.bases.size(); ++i) {
    std::uint8_t* bases = &window.bases[i];
    if (free_codon(window, i, true)) {
      const Codon codon = synonyms.draw({bases[0], bases[1], bases[2]}, draws);
      for (std::size_t k = 0; k < 3; ++k) bases[k] = codon[k];
    } else if (free_codon(window, i, false)) {
      const auto complement = [](std::uint8_t base) { return static_cast<std::uint8_t>(3 - base); };
      const Codon codon =
          synonyms.draw({complement(bases[2]), complement(bases[1]), complement(bases[0])}, draws);
      for (std::size_t k = 0; k < 3; ++k) bases[k] = complement(codon[2 - k]);
    }
  }
}

}  // namespace heddle::pipeline
