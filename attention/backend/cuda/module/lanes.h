#pragma once
// Which block does which items, for kernels whose blocks stay on their multiprocessor. Longest
// first, each to the lane with the least to do: a long row is one lane's only work while the others
// share the short ones. Results do not depend on it.
//
// Items of equal length are dealt out in rounds once all lanes have about as much to do: a round
// that changes no lane's rank is like the round before it, so it is not searched for again.

#include "attention/backend/cuda/item_list.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::cuda {

struct Lanes {
  std::vector<std::int32_t> items;  // numbers of items in the list, lane after lane
  std::vector<std::int64_t> begin;  // (lanes + 1)
};

/// At most `most` lanes, none of them empty.
Lanes make_lanes(const ItemList& items, int most);

}  // namespace heddle::attention::cuda
