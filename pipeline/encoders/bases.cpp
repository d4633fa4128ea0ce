#include "pipeline/encoders/bases.h"

#include <array>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr std::array<std::uint8_t, 256> base_codes() {
  std::array<std::uint8_t, 256> codes{};
  for (auto& code : codes) code = kUnknownBase;
  codes['A'] = codes['a'] = 0;
  codes['C'] = codes['c'] = 1;
  codes['G'] = codes['g'] = 2;
  codes['T'] = codes['t'] = 3;
  return codes;
}
constexpr std::array<std::uint8_t, 256> kCodes = base_codes();

std::uint8_t complement(std::uint8_t code) {
  return code < kUnknownBase ? static_cast<std::uint8_t>(3 - code) : code;
}

void require_equal(std::size_t a, std::size_t b) {
  if (a != b) {
    throw std::invalid_argument("bases: " + std::to_string(a) + " letters into " +
                                std::to_string(b) + " codes");
  }
}

}  // namespace

std::uint8_t base_code(char letter) { return kCodes[static_cast<unsigned char>(letter)]; }

void encode_bases(std::string_view letters, std::span<std::uint8_t> codes) {
  require_equal(letters.size(), codes.size());
  for (std::size_t i = 0; i < letters.size(); ++i) codes[i] = base_code(letters[i]);
}

void reverse_complement(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
  require_equal(from.size(), to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i] = complement(from[from.size() - 1 - i]);
  }
}

std::string reverse_complement(std::string_view letters) {
  std::string turned(letters.rbegin(), letters.rend());
  for (char& letter : turned) letter = "ACGTN"[complement(base_code(letter))];
  return turned;
}

}  // namespace heddle::pipeline
