#include "attention/backend/cuda/module/queue.h"

#include <utility>

namespace heddle::attention::cuda {
namespace {

thread_local Queue* entered = nullptr;

}  // namespace

cudaStream_t current_stream() { return entered ? entered->stream() : nullptr; }

void enter(Queue* queue) { entered = queue; }

Queue::Queue() {
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  // Many threads wait at once, each for its own queue: they sleep, so that the others can compute.
  check(cudaEventCreateWithFlags(&done_, cudaEventBlockingSync | cudaEventDisableTiming),
        "cudaEventCreate");
}

Queue::~Queue() {
  if (entered == this) entered = nullptr;
  if (recorded_) cudaGraphExecDestroy(recorded_);
  cudaStreamSynchronize(stream_);
  cudaEventDestroy(done_);
  cudaStreamDestroy(stream_);
}

void Queue::record() {
  if (recorded_) cudaGraphExecDestroy(std::exchange(recorded_, nullptr));  // of a try that failed
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
}

void Queue::finish() {
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
  if (!graph) throw std::runtime_error("cuda: nothing could be recorded");
  cudaGraphExec_t made = nullptr;
  const cudaError_t result = cudaGraphInstantiate(&made, graph, 0);
  cudaGraphDestroy(graph);
  check(result, "cudaGraphInstantiate");
  recorded_ = made;
}

void Queue::replay() {
  if (!recorded_) throw std::runtime_error("cuda: a queue repeats what was never recorded");
  check(cudaGraphLaunch(recorded_, stream_), "cudaGraphLaunch");
}

void Queue::wait() {
  check(cudaEventRecord(done_, stream_), "cudaEventRecord");
  check(cudaEventSynchronize(done_), "work on the device");
}

}  // namespace heddle::attention::cuda
