#pragma once
// Small weights files made in memory.

#include "attention/weights/safetensors.h"

#include <cstring>
#include <string>
#include <string_view>

namespace heddle::attention {

/// A file with this header (as it is) and `data` bytes of zeros.
inline std::string file_with(std::string_view header, std::size_t data) {
  const std::uint64_t size = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  bytes += header;
  return bytes.append(data, '\0');
}

/// Checks bytes as the reader would check a file. The bytes lie in aligned memory of their own
/// size, so that a sanitizer sees any step beyond the end.
inline WeightsHeader check(const std::string& bytes) {
  const std::unique_ptr<std::byte[]> copy(new std::byte[bytes.size()]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return parse_weights({copy.get(), bytes.size()}, "test file");
}

}  // namespace heddle::attention
