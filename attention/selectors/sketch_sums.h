#pragma once
// The inner loop of KeySketches, compiled for every instruction set and chosen at run time. Whole
// numbers only: the same result on each of them.
// Threads: pure functions. Errors: none.

#include <cstdint>

namespace heddle::attention {

/// Keys that a sum runs over at once: blocks of sketches are padded to a multiple.
inline constexpr std::int64_t kKeyLanes = 8;
/// Bits of a rounded query: two's complement, the last plane weighs -2^(kPlanes - 1).
inline constexpr int kPlanes = 6;

struct SketchBlock {
  const std::int64_t* codes;    // (words, keys)
  const std::uint64_t* planes;  // (kPlanes, words)
  std::int64_t words;
  std::int64_t keys;  // a multiple of kKeyLanes
};
/// sums[key] = the sum of the rounded query's elements where the key's bit is set.
void sketch_sums(const SketchBlock& block, std::int64_t* sums);

}  // namespace heddle::attention
