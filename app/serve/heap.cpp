#include "app/serve/heap.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

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

/// Of arenas to come, and of those there are: at least this thread's, which is the first.
bool decay_soon() {
  bool taken = set("arenas.dirty_decay_ms", kDecayMs) && set("arenas.muzzy_decay_ms", kDecayMs);
  unsigned arenas = 0;
  std::size_t size = sizeof arenas;
  taken = jemalloc()("arenas.narenas", &arenas, &size, nullptr, 0) == 0 && taken;
  for (unsigned i = 0; i < arenas; ++i) {  // there is no number that stands for all of them here
    const std::string arena = "arena." + std::to_string(i);
    const bool dirty = set((arena + ".dirty_decay_ms").c_str(), kDecayMs);
    const bool muzzy = set((arena + ".muzzy_decay_ms").c_str(), kDecayMs);
    taken = ((dirty && muzzy) || i > 0) && taken;  // others may not be in use yet
  }
  return taken;
}

}  // namespace

std::string_view heap_name() { return jemalloc() != nullptr ? "jemalloc" : "libc"; }

bool limit_heap() {
  if (jemalloc() != nullptr) {
    const bool taken = decay_soon();
    return set("background_thread", true) && taken;  // arenas that nobody calls give back as well
  }
  // Set by hand, the threshold stays: left alone it grows with the largest block that was freed.
  return ::mallopt(M_MMAP_THRESHOLD, 256 << 10) == 1 && ::mallopt(M_ARENA_MAX, 4) == 1;
}

HeapBytes heap_bytes() {
  if (jemalloc() == nullptr) {
    const struct mallinfo2 now = ::mallinfo2();
    return {now.uordblks + now.hblkhd, now.arena + now.hblkhd};
  }
  set("epoch", std::uint64_t{1});  // counts anew
  HeapBytes bytes;
  std::size_t size = sizeof bytes.allocated;
  jemalloc()("stats.allocated", &bytes.allocated, &size, nullptr, 0);
  jemalloc()("stats.active", &bytes.active, &size, nullptr, 0);
  return bytes;
}

void return_free_memory() {
  if (jemalloc() != nullptr) {
    // 4096 stands for all arenas (MALLCTL_ARENAS_ALL).
    jemalloc()("arena.4096.purge", nullptr, nullptr, nullptr, 0);
  } else {
    ::malloc_trim(0);
  }
}

}  // namespace heddle::app::serve
