// A million positions through one memory: the same bytes, and not one allocation once it is warm.
#include "tests/unit/attention/memory/memory_case.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace heddle::attention {
namespace {

/// Plans are made and checked, nothing is computed: allocations seen are the memory's own.
class PlanOnly final : public Backend {
 public:
  std::string_view name() const override { return "plan only"; }
  void attention(const AttentionArgs& args) const override {
    validate(*args.plan);
    tiles_ += args.plan->tiles();
  }
  void attention_gradient(const AttentionGradientArgs&) const override { unused(); }
  void normalised_attention(const NormalisedArgs&) const override { unused(); }
  void normalised_attention_gradient(const NormalisedGradientArgs&) const override { unused(); }
  void read_out(const ReadOutArgs&) const override { unused(); }
  std::unique_ptr<Dense> linear(const LinearSpec&) const override { unused(); }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec&) const override { unused(); }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec&) const override { unused(); }
  void rms_norm(const TensorView&, const TensorView&, float, const TensorView&) const override {
    unused();
  }
  void layer_norm(const TensorView&,
                  const TensorView&,
                  const TensorView&,
                  float,
                  const TensorView&) const override {
    unused();
  }
  void l2_normalize(const TensorView&, float, const TensorView&) const override { unused(); }
  void gelu(const TensorView&, const TensorView&) const override { unused(); }
  void relu(const TensorView&, const TensorView&) const override { unused(); }
  void add(const TensorView&, const TensorView&, const TensorView&) const override { unused(); }
  void swiglu(const TensorView&, const TensorView&) const override { unused(); }
  void rotary(const RotaryArgs&) const override { unused(); }
  std::int64_t tiles() const { return tiles_; }

 private:
  [[noreturn]] static void unused() { throw std::logic_error("attend() calls attention() only"); }
  mutable std::int64_t tiles_ = 0;
};

TEST(SteadyState, AMillionPositionsAllocateNothingAndKeepTheirBytes) {
  const MemoryCase memory_case{.name = "steady",
                               .spec = {.key_dim = 8,
                                        .value_dim = 8,
                                        .block = 64,
                                        .sink_blocks = 1,
                                        .ring_blocks = 21,
                                        .long_blocks = 30,
                                        .top_k = 2,
                                        .rotary_theta = 10000},
                               .heads = 2,
                               .near = "window(128,causal) | strided(64,causal) & dense(causal)",
                               .length = 1000};
  const Stream stream(memory_case, 1);
  const Answer answer(memory_case, 1000);
  const PlanOnly back_end;
  const Pattern near = parse_pattern(memory_case.near);
  RollingMemory memory(memory_case.spec);
  const std::size_t bytes = memory.spec().bytes();
  const auto step = [&] {
    memory.attend(back_end,
                  {.queries = stream.queries(0, 1000),
                   .first = memory.length(),
                   .live_keys = stream.keys(0, 1000),
                   .live_values = stream.values(0, 1000),
                   .live_first = memory.length(),
                   .near = &near,
                   .out = answer.out.view()});
    memory.append(stream.keys(0, 1000), stream.values(0, 1000));
  };
  for (int warm_up = 0; warm_up < 10; ++warm_up) step();
  const std::int64_t before = allocations;
  const std::int64_t tiles_before = back_end.tiles();
  for (int i = 0; i < 990; ++i) step();
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(memory.length(), 1'000'000);
  EXPECT_EQ(memory.spec().bytes(), bytes);
  EXPECT_GT(back_end.tiles() - tiles_before, 990 * 16);
}

}  // namespace
}  // namespace heddle::attention
