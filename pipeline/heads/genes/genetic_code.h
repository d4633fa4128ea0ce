#pragma once
// Genetic codes 11 (bacteria, archaea, plastids) and 4 (Mycoplasma, Spiroplasma) over bases coded
// as in encoders/bases.h. Source: the NCBI list of genetic codes. Plain values, free of state: safe
// from any thread.

#include "pipeline/encoders/bases.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::pipeline {

/// How likely a codon starts a gene, best first.
enum class StartCodon : std::uint8_t { kNone, kAtg, kGtg, kTtg, kRare };

/// What one codon means on both strands; `minus_` fields are for its reverse complement.
struct CodonMeaning {
  bool plus_stop = false;
  bool minus_stop = false;
  StartCodon plus_start = StartCodon::kNone;
  StartCodon minus_start = StartCodon::kNone;
};

class GeneticCode {
 public:
  /// Throws std::invalid_argument naming the codes there are.
  explicit GeneticCode(int table);
  static bool knows(int table) { return table == 11 || table == 4; }

  int table() const { return table_; }
  /// The codon a b c, left to right on the + strand. A codon with an unknown base means nothing.
  const CodonMeaning& meaning(std::uint8_t a, std::uint8_t b, std::uint8_t c) const {
    return meanings_[static_cast<std::size_t>(a * 25 + b * 5 + c)];
  }
  /// Three letters to one amino acid, * for a stop, X where a letter is unknown.
  char amino_acid(std::string_view codon) const;
  /// Whole codons to amino acids; with `from_start` the first codon reads M, as it does in the cell
  /// whatever its letters. A stop before the last codon reads X, so * only ever ends a protein.
  std::string translate(std::string_view letters, bool from_start) const;

 private:
  int table_;
  std::array<CodonMeaning, 125> meanings_{};
};

}  // namespace heddle::pipeline
