#pragma once
// Queues of the module: a stream, and the recorded work that it can repeat. Threads: as
// operation_api.h.

#include "attention/backend/cuda/module/errors.h"

#include <cuda_runtime.h>

namespace heddle::attention::cuda {

class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  cudaStream_t stream() const { return stream_; }
  void record();
  void finish();
  void replay();
  void wait();

 private:
  cudaStream_t stream_ = nullptr;
  cudaEvent_t done_ = nullptr;
  cudaGraphExec_t recorded_ = nullptr;
};

/// Where the calling thread enqueues: the stream of the queue it entered, or the default stream.
cudaStream_t current_stream();
void enter(Queue* queue);

}  // namespace heddle::attention::cuda
