#include "app/serve/heap.h"

#include <malloc.h>

namespace heddle::app::serve {

void limit_heap() {
  // Set by hand, the threshold stays: left alone it grows with the largest block that was freed.
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_ARENA_MAX, 4);
}

void return_free_memory() { ::malloc_trim(0); }

}  // namespace heddle::app::serve
