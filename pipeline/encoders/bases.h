#pragma once
// Letters of DNA as the numbers a model reads: A C G T N = 0 1 2 3 4.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace heddle::pipeline {

inline constexpr std::uint8_t kUnknownBase = 4;

/// The code of a letter of either case; anything but A C G T is kUnknownBase.
std::uint8_t base_code(char letter);
/// codes[i] for letters[i]; as base_code() has them. Sizes must agree.
void encode_bases(std::string_view letters, std::span<std::uint8_t> codes);

/// The other strand in its own reading direction: complemented and reversed. `from` and `to` do not
/// overlap.
void reverse_complement(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);
/// The same of letters: upper case, what is not A C G T becomes N.
std::string reverse_complement(std::string_view letters);

}  // namespace heddle::pipeline
