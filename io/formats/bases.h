#pragma once
// Letters of nucleotide files, folded to the five that the rest of the program knows.

#include <array>
#include <cstdint>
#include <string>

namespace heddle::io {

/// What kFoldedBase says of bytes that are no base.
inline constexpr char kNoBase = 0;  // not a nucleotide
inline constexpr char kBlank = 1;   // space or tab

/// A C G T of either case stay (upper), U is T; every other IUPAC code, X (masked), and the gap
/// signs - * . hold one position each, as in `samtools faidx`, and become N.
constexpr std::array<char, 256> fold_bases() {
  std::array<char, 256> table{};
  for (const char letter : {'R', 'Y', 'S', 'W', 'K', 'M', 'B', 'D', 'H', 'V', 'N', 'X'}) {
    table[static_cast<unsigned char>(letter)] = 'N';
    table[static_cast<unsigned char>(letter + ('a' - 'A'))] = 'N';
  }
  for (const char letter : {'A', 'C', 'G', 'T'}) {
    table[static_cast<unsigned char>(letter)] = letter;
    table[static_cast<unsigned char>(letter + ('a' - 'A'))] = letter;
  }
  table['U'] = table['u'] = 'T';
  table['-'] = table['*'] = table['.'] = 'N';
  table[' '] = table['\t'] = kBlank;
  return table;
}
inline constexpr std::array<char, 256> kFoldedBase = fold_bases();

inline char folded_base(char letter) { return kFoldedBase[static_cast<unsigned char>(letter)]; }
inline bool is_base(char folded) { return folded > kBlank; }

/// "'E' is not a nucleotide", with the likely cause where there is one.
std::string not_a_nucleotide(unsigned char byte);

/// First word and the rest of a header line (without its > or @), blanks around them dropped.
struct HeaderWords {
  std::string name;
  std::string description;
};
HeaderWords split_header(const std::string& line);

}  // namespace heddle::io
