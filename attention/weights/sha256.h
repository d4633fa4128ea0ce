#pragma once
// SHA-256 (FIPS 180-4): the name of a model file's contents, the same that `sha256sum` prints.
// Threads: a plain function. Errors: none.

#include <cstddef>
#include <span>
#include <string>

namespace heddle::attention {

/// 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace heddle::attention
