#include "pipeline/heads/genes/genetic_code.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

// Amino acids of code 11 by codon, first base slowest, bases in the order A C G T.
constexpr std::string_view kAminoAcids =
    "KNKNTTTTRSRSIIMI"
    "QHQHPPPPRRRRLLLL"
    "EDEDAAAAGGGGVVVV"
    "*Y*YSSSS*CWCLFLF";
constexpr std::size_t kTga = 56;  // index of TGA
constexpr std::string_view kLetters = "ACGTN";

StartCodon start_of(int table, std::string_view codon) {
  if (codon == "ATG") return StartCodon::kAtg;
  if (codon == "GTG") return StartCodon::kGtg;
  if (codon == "TTG") return StartCodon::kTtg;
  const bool rare = codon == "CTG" || codon == "ATT" || codon == "ATC" || codon == "ATA" ||
                    (table == 4 && codon == "TTA");
  return rare ? StartCodon::kRare : StartCodon::kNone;
}

}  // namespace

GeneticCode::GeneticCode(int table) : table_(table) {
  if (!knows(table)) {
    throw std::invalid_argument("genetic code " + std::to_string(table) +
                                " is not known; choose 11 (most bacteria and archaea) or 4 "
                                "(Mycoplasma, Spiroplasma)");
  }
  for (std::size_t i = 0; i < meanings_.size(); ++i) {
    const std::string codon = {kLetters[i / 25], kLetters[i / 5 % 5], kLetters[i % 5]};
    const std::string turned = reverse_complement(codon);
    meanings_[i] = {amino_acid(codon) == '*',
                    amino_acid(turned) == '*',
                    start_of(table, codon),
                    start_of(table, turned)};
  }
}

char GeneticCode::amino_acid(std::string_view codon) const {
  std::size_t index = 0;
  for (const char letter : codon.substr(0, 3)) {
    const std::uint8_t code = base_code(letter);
    if (code == kUnknownBase) return 'X';
    index = index * 4 + code;
  }
  if (table_ == 4 && index == kTga) return 'W';
  return kAminoAcids[index];
}

std::string GeneticCode::translate(std::string_view letters, bool from_start) const {
  std::string protein;
  protein.reserve(letters.size() / 3);
  for (std::size_t i = 0; i + 3 <= letters.size(); i += 3) {
    protein.push_back(amino_acid(letters.substr(i, 3)));
  }
  if (from_start && !protein.empty()) protein.front() = 'M';
  if (!protein.empty()) std::replace(protein.begin(), protein.end() - 1, '*', 'X');
  return protein;
}

}  // namespace heddle::pipeline
