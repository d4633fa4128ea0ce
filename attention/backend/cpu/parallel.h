#pragma once
// Loops over fixed blocks on TBB's threads, isolated: a thread that waits here takes no other task
// of a surrounding graph, whose body might want what this caller holds. Blocks are cut by the
// caller and never by the number of threads, so that results do not depend on it.

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstdint>

namespace heddle::attention::cpu {

/// body(block) for block in [0, blocks), in any order.
template <class Body>
void parallel_blocks(std::int64_t blocks, const Body& body) {
  if (blocks == 1) {
    body(0);
    return;
  }
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, blocks), [&](const auto& range) {
      for (std::int64_t block = range.begin(); block < range.end(); ++block) body(block);
    });
  });
}

}  // namespace heddle::attention::cpu
