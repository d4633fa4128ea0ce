#pragma once
// Blocks that are closed: key k stands for positions [k * block, (k + 1) * block), and a query
// meets those that end with it or before it.
//   k < (q + 1) / block
// What attention over means of blocks plans with; it composes with all other patterns, and is no
// config text, for keys of a config are positions. A row is one piece for what all its queries
// meet and one a block that closes inside it. Threads: a value.

#include "attention/patterns/pattern.h"

#include <cstdint>

namespace heddle::attention {

/// Throws std::invalid_argument unless block >= 1.
Pattern staircase(std::int64_t block);

}  // namespace heddle::attention
