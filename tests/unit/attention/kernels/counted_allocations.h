#pragma once
// Counts what this program asks of the heap: every operator new, and aligned_alloc, which tensors
// call. A program that links counted_allocations.cpp replaces both.

#include <cstdint>

namespace heddle::attention {

std::int64_t allocations();

template <class Run>
std::int64_t allocations_of(const Run& run) {
  const std::int64_t before = allocations();
  run();
  return allocations() - before;
}

}  // namespace heddle::attention
