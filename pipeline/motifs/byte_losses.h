#pragma once
// The vectorised sieve of a motif scan: which positions can be sites at all.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle::pipeline {

/// A table row has 16 bytes, of which the codes 0 to 4 are looked up; a column has two rows, one a
/// strand.
inline constexpr std::size_t kRowBytes = 16;
/// Readable bytes that must follow the last code: whole vectors are loaded.
inline constexpr std::size_t kCodePadding = 512;

struct SieveTask {
  const std::uint8_t* codes = nullptr;
  std::size_t begin = 0, end = 0;      // positions asked about
  const std::uint8_t* rows = nullptr;  // (columns, 2, kRowBytes)
  std::size_t columns = 0;
};

/// Appends each position whose saturating byte sum stays below 255, ascending, for + and for -.
void sieve(const SieveTask& task,
           std::vector<std::uint32_t>& plus,
           std::vector<std::uint32_t>& minus);

}  // namespace heddle::pipeline
