#pragma once
// All items of a schedule, written out on the device from those of the first sharer (item_list.h).

#include "attention/backend/cuda/item_list.h"

#include <cuda_runtime.h>

#include <cstdint>

namespace heddle::attention::cuda {

/// An ItemList and its lanes' order in device memory.
struct SharedItems {
  const SharedItem* parts = nullptr;
  const ItemRun* runs = nullptr;
  const std::int32_t* lane_order = nullptr;  // (count)
  std::int64_t count = 0;
  std::int32_t run_count = 0;
  Sharing sharing;
};

/// `items` in the list's order, `lane_items` lane after lane; (count) each.
void launch_expansion(const SharedItems& list, Item* items, Item* lane_items, cudaStream_t stream);

}  // namespace heddle::attention::cuda
