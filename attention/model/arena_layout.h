#pragma once
// Where each storage lies in one block of memory, so that two that are needed at the same time
// never overlap. Largest first, each at the lowest offset that is free over its lifetime.
// Threads: a plain function. Units: bytes. Errors: none.

#include "attention/model/function.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

inline constexpr std::int64_t kArenaAlignment = 64;

struct ArenaLayout {
  std::vector<std::int64_t> offsets;  // of each storage, multiples of kArenaAlignment
  std::int64_t bytes = 0;
};

/// `sizes` in bytes, each below 2^62 / sizes.size().
ArenaLayout lay_out(std::span<const Lifetime> lifetimes, std::span<const std::int64_t> sizes);

}  // namespace heddle::attention
