// Model::run allocates nothing once it is warm: this program counts calls of operator new. Calls
// made inside oneDNN are left out: it builds a small map of its arguments at each execution and
// frees it before it returns, and offers no way around that (2.6).

#include "attention/backend/backend.h"
#include "attention/model/layer.h"
#include "attention/model/model.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<long> allocations{0};

bool inside_onednn(const void* caller) {
  Dl_info about{};
  return ::dladdr(caller, &about) != 0 && about.dli_fname &&
         std::strstr(about.dli_fname, "libdnnl") != nullptr;
}

void* counted(std::size_t bytes, std::size_t alignment, const void* caller) {
  if (!inside_onednn(caller)) ++allocations;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* p = std::aligned_alloc(alignment, rounded ? rounded : alignment);
  if (!p) throw std::bad_alloc();
  return p;
}

constexpr std::size_t kUsual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, kUsual, __builtin_return_address(0));
}
// What std::stable_sort asks for its buffer, which ends in the operators delete below.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return counted(bytes, kUsual, __builtin_return_address(0));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes) {
  return counted(bytes, kUsual, __builtin_return_address(0));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace heddle::attention {
namespace {

/// One thread: which of several would meet a tile first, and grow its own scratch, is chance.
class SteadyState : public ::testing::Test {
 protected:
  tbb::global_control one_thread_{tbb::global_control::max_allowed_parallelism, 1};
};

template <class Run>
long allocations_of(const Run& run) {
  const long before = allocations;
  run();
  return allocations - before;
}

TEST_F(SteadyState, TheCountSeesAnAllocation) {
  EXPECT_GT(allocations_of([] {
              const std::string text(100, 'x');
              EXPECT_EQ(text.size(), 100U);
            }),
            0);
}

TEST_F(SteadyState, TheGeneModelAllocatesNothing) {
  const Model model =
      Model::load(HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors", backend());
  Workspace work = model.make_workspace("forward", {shape_of(DType::kU8, {6144})});
  model.run(work);
  EXPECT_EQ(allocations_of([&] { model.run(work); }), 0);
}

TEST_F(SteadyState, TheTrackingModelAllocatesNothing) {
  const Model model =
      Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors", backend());
  Workspace work = model.make_workspace("encode", {shape_of(DType::kF32, {256, 256, 3})});
  model.run(work);
  EXPECT_EQ(allocations_of([&] { model.run(work); }), 0);
}

TEST_F(SteadyState, AModelWithMemoryAllocatesNothingOnceItsTiersAreFull) {
  const Model model = Model::load(HEDDLE_TEST_DATA "/genes-memory-small.safetensors", backend());
  Workspace work = model.make_workspace("forward");
  MemorySet memory = model.make_memory("forward");
  const auto step = [&] {
    const std::int64_t first = memory.length() - 32;
    model.run(work, &memory, {.first = first, .core_begin = 32, .core_end = 224});
  };
  for (int i = 0; i < 12; ++i) step();  // 144 blocks: sinks, ring and long-term tier are full
  EXPECT_EQ(allocations_of(step), 0);
}

}  // namespace
}  // namespace heddle::attention
