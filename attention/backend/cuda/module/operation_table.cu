#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/operation_table.h"
#include "attention/backend/cuda/module/operations.h"
#include "attention/backend/cuda/module/queue.h"
#include "attention/backend/cuda/module/selection.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

Queue& queue_of(void* queue) { return *static_cast<Queue*>(queue); }

const OperationApi kTable = {
    .make_queue = [](void** queue) { return guarded([&] { *queue = new Queue; }); },
    .free_queue = [](void* queue) { return guarded([&] { delete static_cast<Queue*>(queue); }); },
    .enter = [](void* queue) { return guarded([&] { enter(static_cast<Queue*>(queue)); }); },
    .record = [](void* queue) { return guarded([&] { queue_of(queue).record(); }); },
    .finish = [](void* queue) { return guarded([&] { queue_of(queue).finish(); }); },
    .replay = [](void* queue) { return guarded([&] { queue_of(queue).replay(); }); },
    .wait = [](void* queue) { return guarded([&] { queue_of(queue).wait(); }); },
    .allocate_host =
        [](std::size_t bytes, void** memory) {
          return guarded([&] {
            check(cudaMallocHost(memory, std::max<std::size_t>(bytes, 1)), "cudaMallocHost");
          });
        },
    .release_host =
        [](void* memory) { return guarded([&] { check(cudaFreeHost(memory), "cudaFreeHost"); }); },
    .copy =
        [](void* to, const void* from, std::size_t bytes) {
          return guarded([&] {
            check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, current_stream()),
                  "cudaMemcpyAsync");
          });
        },
    .product =
        [](const ProductCall& call) {
          return guarded([&] { launch_product(call, current_stream()); });
        },
    .rows =
        [](const RowCall& call) { return guarded([&] { launch_rows(call, current_stream()); }); },
    .rotate =
        [](const RotateCall& call) {
          return guarded([&] { launch_rotate(call, current_stream()); });
        },
    .convert =
        [](const ConvertCall& call) {
          return guarded([&] { launch_convert(call, current_stream()); });
        },
    .gradients = &gradient_table(),
    .selections = &selection_table(),
};

}  // namespace

std::string& last_error() {
  thread_local std::string text;
  return text;
}

const OperationApi& operation_table() { return kTable; }

}  // namespace heddle::attention::cuda
