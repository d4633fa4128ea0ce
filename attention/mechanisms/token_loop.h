#pragma once
// Loops over the tokens of all heads on all threads, isolated: a thread that waits here takes no
// other work, whose scratch might be this caller's.

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdint>

namespace heddle::attention {

/// body(head, first, end) for stretches of a head's `tokens` tokens, in any order.
template <class Body>
void for_token_stretches(std::int64_t heads, std::int64_t tokens, const Body& body) {
  constexpr std::int64_t kStretch = 256;
  const std::int64_t a_head = (tokens + kStretch - 1) / kStretch;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::int64_t{0}, heads * a_head, [&](std::int64_t i) {
      const std::int64_t first = i % a_head * kStretch;
      body(i / a_head, first, std::min(first + kStretch, tokens));
    });
  });
}

/// body(i) for i in [0, count), in any order.
template <class Body>
void for_each_task(std::int64_t count, const Body& body) {
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(std::int64_t{0}, count, body); });
}

}  // namespace heddle::attention
