// All items of a schedule, written out on the device from those of the first sharer (item_list.h).

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/item_expansion.h"

namespace heddle::attention::cuda {
namespace {

constexpr int kThreads = 256;

/// The run that holds an item: runs ascend by their first item.
__device__ const ItemRun& run_of(const SharedItems& list, std::int64_t item) {
  std::int32_t begin = 0;
  std::int32_t end = list.run_count;
  while (end - begin > 1) {
    const std::int32_t middle = (begin + end) / 2;
    if (list.runs[middle].first_item <= item) {
      begin = middle;
    } else {
      end = middle;
    }
  }
  return list.runs[begin];
}

/// ItemList::expanded(), one item.
__device__ Item item_of(const SharedItems& list, std::int64_t number) {
  const ItemRun run = run_of(list, number);
  const auto at = static_cast<std::int32_t>(number - run.first_item);
  const std::int32_t sharer = run.first_sharer + at / run.parts;
  const SharedItem part = list.parts[run.first_part + at % run.parts];
  Item item = part.item;
  item.head += sharer % list.sharing.heads;
  item.strand = static_cast<std::int16_t>(sharer / list.sharing.heads);
  if (item.partial >= 0) item.partial += sharer * part.parts;
  return item;
}

__global__ void expand_items(SharedItems list, Item* items, Item* lane_items) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= list.count) return;
  items[i] = item_of(list, i);
  lane_items[i] = item_of(list, list.lane_order[i]);
}

}  // namespace

void launch_expansion(const SharedItems& list, Item* items, Item* lane_items, cudaStream_t stream) {
  if (list.count == 0) return;
  const auto blocks = static_cast<unsigned>((list.count + kThreads - 1) / kThreads);
  expand_items<<<blocks, kThreads, 0, stream>>>(list, items, lane_items);
  check(cudaGetLastError(), "launch of the expansion of items");
}

}  // namespace heddle::attention::cuda
