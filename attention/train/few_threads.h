#pragma once
// Short work of the host between a device's runs, by a few threads: the device waits for it, so it
// is shared out; and workers that find nothing more to do look for a while before they sleep, so
// that all of a machine's would be busy with looking, step after step.
//
// Threads: the caller's and three more at most, of oneTBB's; the caller's limit holds. Errors: the
// first that `body` throws.

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstdint>

namespace heddle::attention::train {

inline tbb::task_arena& few_threads() {
  static tbb::task_arena arena(4);
  return arena;
}

/// body(i) for every i in [0, count), in any order.
template <class Body>
void for_each_by_few(std::int64_t count, const Body& body) {
  few_threads().execute([&] { tbb::parallel_for(std::int64_t{0}, count, body); });
}

}  // namespace heddle::attention::train
