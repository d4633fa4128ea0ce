#pragma once
// What the heap keeps of memory that was freed. A daemon runs for months while streams come and go:
// buffers of frames that lie between small blocks that stay would hold their pages. The program is
// linked with jemalloc where that is there, whose blocks lie by size (Evans, "A scalable concurrent
// malloc(3) implementation for FreeBSD", 2006); else these are the C library's heap.
// Threads: limit_heap() once, before any thread; the others from any.

#include <cstddef>
#include <string_view>

namespace heddle::app::serve {

/// "jemalloc" or "libc".
std::string_view heap_name();

/// What is freed goes back to the system soon; of the C library also few heaps for many threads.
/// False: the heap does not take that.
bool limit_heap();

/// Addresses, not memory: a block that nobody wrote to is in no memory yet, so that either may be
/// more than what is resident.
struct HeapBytes {
  std::size_t allocated = 0;  // blocks that were asked for and not given back
  std::size_t active = 0;     // the pages that they lie in; beyond `allocated` lies between them
};
HeapBytes heap_bytes();

/// Pages without a living block go back to the system.
void return_free_memory();

}  // namespace heddle::app::serve
