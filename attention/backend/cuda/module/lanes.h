#pragma once
// Which block does which items, for kernels whose blocks stay on their multiprocessor. Longest
// first, each to the lane with the least to do: a long row is one lane's only work while the others
// share the short ones. Results do not depend on it.

#include "attention/backend/cuda/tile_schedule.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cuda {

struct Lanes {
  std::vector<Item> items;          // lane after lane
  std::vector<std::int64_t> begin;  // (lanes + 1)
};

/// `items` longest first; at most `most` lanes, none of them empty.
Lanes make_lanes(const std::vector<Item>& items, int most);

}  // namespace heddle::attention::cuda
