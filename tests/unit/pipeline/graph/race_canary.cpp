// A race that the thread sanitizer must find: two lanes of a gate, whose work runs at once, write
// to one variable. If it is not reported, what the other tests of label unit-threads say is worth
// nothing.

#include "pipeline/lane_gate.h"
#include "tests/unit/pipeline/graph/on_threads.h"

#include <atomic>
#include <cstdio>

int main() {
  using namespace heddle::pipeline;
  Entrance entrance({}, [](MessagePtr) {});
  LaneGate gate(true, entrance);
  std::atomic<int> inside{0};
  int shared = 0;
  on_threads(2, [&](int lane) {
    auto message = std::make_shared<Message>(entrance, item_of(lane, lane));
    gate.arrive(std::move(message), [&](const MessagePtr&) {
      inside.fetch_add(1, std::memory_order_relaxed);  // relaxed: orders nothing else
      while (inside.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
      ++shared;
    });
  });
  std::printf("%d\n", shared);
  return 0;
}
