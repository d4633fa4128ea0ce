// A million positions through one memory: the same bytes, and not one allocation once it is warm.
#include "tests/unit/attention/kernels/counted_allocations.h"
#include "tests/unit/attention/memory/memory_case.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <optional>

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

/// Chunks of 1000 of one stream, again and again.
class SteadyState : public testing::Test {
 protected:
  void set(const MemorySpec& spec) {
    case_.spec = spec;
    memory_.emplace(spec);
  }
  void step(const Backend& on) {
    memory_->attend(on,
                    {.queries = stream_.queries(0, 1000),
                     .first = memory_->length(),
                     .live_keys = stream_.keys(0, 1000),
                     .live_values = stream_.values(0, 1000),
                     .live_first = memory_->length(),
                     .near = &near_,
                     .out = answer_.out.view()});
    memory_->append(stream_.keys(0, 1000), stream_.values(0, 1000));
  }
  std::int64_t steps(int count) { return steps(count, back_end_); }
  /// What so many chunks allocate.
  std::int64_t steps(int count, const Backend& on) {
    return allocations_of([&] {
      for (int i = 0; i < count; ++i) step(on);
    });
  }

  MemoryCase case_{.name = "steady",
                   .spec = {.key_dim = 8, .value_dim = 8},
                   .heads = 2,
                   .near = "window(128,causal) | strided(64,causal) & dense(causal)",
                   .length = 1000};
  Stream stream_{case_, 1};
  Answer answer_{case_, 1000};
  PlanOnly back_end_;
  Pattern near_ = parse_pattern(case_.near);
  std::optional<RollingMemory> memory_;
};

TEST_F(SteadyState, AMillionPositionsAllocateNothingAndKeepTheirBytes) {
  set({.key_dim = 8,
       .value_dim = 8,
       .block = 64,
       .sink_blocks = 1,
       .ring_blocks = 21,
       .long_blocks = 30,
       .top_k = 2,
       .rotary_theta = 10000});
  const std::size_t bytes = memory_->spec().bytes();
  steps(10);  // until it is warm
  const std::int64_t tiles_before = back_end_.tiles();
  EXPECT_EQ(steps(990), 0);
  EXPECT_EQ(memory_->length(), 1'000'000);
  EXPECT_EQ(memory_->spec().bytes(), bytes);
  EXPECT_GT(back_end_.tiles() - tiles_before, 990 * 16);
}

MemorySpec every_tier() {
  return {.key_dim = 8,
          .value_dim = 8,
          .block = 64,
          .sink_blocks = 1,
          .ring_blocks = 21,
          .long_blocks = 12,
          .top_k = 2,
          .summary = SummaryKind::kSketch,
          .compressed = {.blocks = 5, .ratio = 8},
          .external = {.blocks = 50, .heap_blocks = 20, .eviction = Eviction::kMass},
          .memory_tokens = 4,
          .associative = true};
}

TEST_F(SteadyState, EveryTierTogetherAllocatesNothing) {
  set(every_tier());
  memory_->write_tokens(stream_.keys(0, 4), stream_.values(0, 4));
  steps(10);
  EXPECT_EQ(steps(40), 0);
}

/// One thread computes, for which of several grows its scratch when is chance; by the schedules of
/// one and of two.
TEST_F(SteadyState, NorDoesTheAttentionOverEveryTier) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  for (const int threads : {1, 2}) {
    tbb::task_arena arena(threads);
    arena.execute([&] {
      set(every_tier());
      memory_->write_tokens(stream_.keys(0, 4), stream_.values(0, 4));
      steps(10, backend("cpu"));
      EXPECT_EQ(steps(10, backend("cpu")), 0) << threads;
    });
  }
}

}  // namespace
}  // namespace heddle::attention
