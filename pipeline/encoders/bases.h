#pragma once
// Letters of DNA as the numbers a model reads: A C G T N = 0 1 2 3 4.

#include <cstdint>
#include <span>
#include <string_view>

namespace heddle::pipeline {

/// codes[i] for letters[i]; anything but A C G T (either case) is 4. Sizes must agree.
void encode_bases(std::string_view letters, std::span<std::uint8_t> codes);

/// The other strand in its own reading direction: complemented and reversed. `from` and `to` do not
/// overlap.
void reverse_complement(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);

}  // namespace heddle::pipeline
