#pragma once
// How long work of the calling thread's queue takes, by device events.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/queue.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <vector>

namespace heddle::attention::cuda {

struct Events {
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  Events() {
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
  }
  ~Events() {
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
};

/// Milliseconds of one of `repeats` works, median of `rounds`, after one that is not counted.
template <class Work>
float median_time(const Work& work, int repeats, int rounds) {
  work();
  const Events events;
  std::vector<float> times;
  for (int round = 0; round < rounds; ++round) {
    check(cudaEventRecord(events.begin, current_stream()), "cudaEventRecord");
    for (int i = 0; i < repeats; ++i) work();
    check(cudaEventRecord(events.end, current_stream()), "cudaEventRecord");
    check(cudaEventSynchronize(events.end), "cudaEventSynchronize after timed work");
    float time = 0;
    check(cudaEventElapsedTime(&time, events.begin, events.end), "cudaEventElapsedTime");
    times.push_back(time / static_cast<float>(repeats));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace heddle::attention::cuda
