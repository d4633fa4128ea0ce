#include "tests/unit/attention/kernels/counted_allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> counted = 0;

void* aligned(std::size_t bytes, std::size_t alignment) {
  ++counted;
  void* memory = nullptr;
  return ::posix_memalign(&memory, alignment, bytes ? bytes : 1) == 0 ? memory : nullptr;
}

void* taken(std::size_t bytes, std::size_t alignment) {
  if (void* memory = aligned(bytes, alignment)) return memory;
  throw std::bad_alloc();
}

constexpr std::size_t kUsual = alignof(std::max_align_t);

}  // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return aligned(bytes, alignment);
}

void* operator new(std::size_t bytes) { return taken(bytes, kUsual); }
void* operator new[](std::size_t bytes) { return taken(bytes, kUsual); }
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return aligned(bytes, kUsual);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return taken(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return taken(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory,
                       std::size_t /*bytes*/,
                       std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

namespace heddle::attention {

std::int64_t allocations() { return counted; }

}  // namespace heddle::attention
