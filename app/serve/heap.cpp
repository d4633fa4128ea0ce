#include "app/serve/heap.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace heddle::app::serve {
namespace {

using Control =
    int (*)(const char* name, void* old, std::size_t* old_size, void* to, std::size_t size);

/// jemalloc's, where it is this program's heap: linked or preloaded.
Control jemalloc() {
  static const auto found = reinterpret_cast<Control>(::dlsym(RTLD_DEFAULT, "mallctl"));
  return found;
}

template <typename T>
bool set(const char* name, T value) {
  return jemalloc()(name, nullptr, nullptr, &value, sizeof value) == 0;
}

constexpr ssize_t kDecayMs = 1000;  // what was freed so long ago goes back

}  // namespace

std::string_view heap_name() { return jemalloc() != nullptr ? "jemalloc" : "libc"; }

bool limit_heap() {
  if (jemalloc() != nullptr) {
    // 4096 stands for all arenas (MALLCTL_ARENAS_ALL); without a number: of those to come.
    bool taken = true;
    for (const char* name : {"arena.4096.dirty_decay_ms",
                             "arena.4096.muzzy_decay_ms",
                             "arenas.dirty_decay_ms",
                             "arenas.muzzy_decay_ms"}) {
      taken = set(name, kDecayMs) && taken;
    }
    return set("background_thread", true) && taken;  // arenas that nobody calls give back as well
  }
  // Set by hand, the threshold stays: left alone it grows with the largest block that was freed.
  return ::mallopt(M_MMAP_THRESHOLD, 256 << 10) == 1 && ::mallopt(M_ARENA_MAX, 4) == 1;
}

std::size_t heap_bytes() {
  if (jemalloc() == nullptr) {
    const struct mallinfo2 now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
  }
  set("epoch", std::uint64_t{1});  // counts anew
  std::size_t bytes = 0;
  std::size_t size = sizeof bytes;
  jemalloc()("stats.allocated", &bytes, &size, nullptr, 0);
  return bytes;
}

void return_free_memory() {
  if (jemalloc() != nullptr) {
    jemalloc()("arena.4096.purge", nullptr, nullptr, nullptr, 0);
  } else {
    ::malloc_trim(0);
  }
}

}  // namespace heddle::app::serve
