#pragma once
// What the C library's heap keeps of memory that was freed. A daemon runs for months while streams
// come and go: buffers of frames that lie between small blocks that stay would hold their pages.
// Threads: limit_heap() once, before any thread; return_free_memory() from any.

namespace heddle::app::serve {

/// Buffers of frames come from the system and go back to it, one by one; few heaps for many
/// threads.
void limit_heap();

/// Pages without a living block go back to the system.
void return_free_memory();

}  // namespace heddle::app::serve
