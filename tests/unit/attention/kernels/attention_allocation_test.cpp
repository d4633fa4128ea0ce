// Attention and its gradient allocate nothing once they are warm, whatever the plan and the
// schedule. One thread, for which of several meets a row first, and grows its own scratch, is
// chance; an arena of two makes it take the schedules of two.

#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/cpu/attention_workspace.h"
#include "attention/backend/cpu/ordered_attention.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/kernels/counted_allocations.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <cmath>
#include <string>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 5000;  // two groups of key blocks, so that rows have two parts
constexpr std::int64_t kDim = 8;

Tensor rows(DType dtype, std::int64_t heads, float phase) {
  Tensor made(DType::kF32, {heads, kTokens, kDim});
  for (std::int64_t i = 0; i < made.view().size(); ++i) {
    made.view().as<float>()[i] = std::sin(static_cast<float>(i) * 0.7f + phase);
  }
  Tensor stored(dtype, {heads, kTokens, kDim});
  copy(made.view(), stored.view());
  return stored;
}

struct Kept {
  std::string name;
  std::string pattern;
  std::int64_t heads = 1;
  DType dtype = DType::kF32;
};

/// A forward call and its gradient, in either schedule.
class Call {
 public:
  explicit Call(const Kept& of) : of_(of) {}

  void forward() const { cpu::attention(args()); }
  void backward(cpu::GradientSchedule schedule) const {
    const TensorView queries[] = {queries_.view()};
    const KeySegment segments[] = {{keys_.view(), values_.view()}};
    const TensorView query_gradients[] = {query_gradient_.view()};
    const KeySegmentGradient segment_gradients[] = {{key_gradient_.view(), value_gradient_.view()}};
    cpu::attention_gradient({.plan = &plan_,
                             .queries = queries,
                             .segments = segments,
                             .scale = 0.3f,
                             .out = out_.view(),
                             .log_sum_exp = sums_.view(),
                             .out_gradient = out_gradient_.view(),
                             .query_gradients = query_gradients,
                             .segment_gradients = segment_gradients},
                            schedule);
  }
  /// Every token through an order that turns all round.
  void in_order() const {
    cpu::attention_in_order({.plan = &plan_,
                             .query_order = {order_, kTokens},
                             .key_order = {order_, kTokens},
                             .queries = queries_.view(),
                             .keys = keys_.view(),
                             .values = values_.view(),
                             .scale = 0.3f,
                             .out = out_.view(),
                             .log_sum_exp = sums_.view()});
  }

 private:
  AttentionArgs args() const {
    return {.plan = &plan_,
            .queries = query_views_,
            .segments = segments_,
            .scale = 0.3f,
            .out = out_.view(),
            .log_sum_exp = sums_.view()};
  }
  static std::vector<std::int32_t> turned(std::int64_t heads) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(heads * kTokens));
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = static_cast<std::int32_t>(kTokens - 1) -
                 static_cast<std::int32_t>(static_cast<std::int64_t>(i) % kTokens);
    }
    return order;
  }

  Kept of_;
  BlockPlan plan_ = plan(parse_pattern(of_.pattern), {.queries = kTokens, .keys = kTokens});
  Tensor queries_ = rows(of_.dtype, of_.heads, 0);
  Tensor keys_ = rows(of_.dtype, of_.heads, 1);
  Tensor values_ = rows(of_.dtype, of_.heads, 2);
  Tensor out_ = rows(of_.dtype, of_.heads, 3);
  Tensor out_gradient_ = rows(of_.dtype, of_.heads, 4);
  Tensor query_gradient_ = rows(of_.dtype, of_.heads, 5);
  Tensor key_gradient_ = rows(of_.dtype, of_.heads, 6);
  Tensor value_gradient_ = rows(of_.dtype, of_.heads, 7);
  Tensor sums_{DType::kF32, {of_.heads, kTokens}};
  std::vector<std::int32_t> order_ = turned(of_.heads);
  std::vector<TensorView> query_views_ = {queries_.view()};
  std::vector<KeySegment> segments_ = {{keys_.view(), values_.view()}};
};

class AttentionAllocations : public testing::TestWithParam<Kept> {
 protected:
  template <class Run>
  void expect_none(const Run& run) {
    run();
    EXPECT_EQ(allocations_of(run), 0);
    tbb::task_arena two(2);
    two.execute([&] {
      run();
      EXPECT_EQ(allocations_of(run), 0) << "in an arena of two";
    });
  }

  Call call_{GetParam()};
  tbb::global_control one_thread_{tbb::global_control::max_allowed_parallelism, 1};
};

TEST(CountedAllocations, SeeAScratchAndATensor) {
  EXPECT_GE(allocations_of([] { const Tensor made(DType::kF32, {100}); }), 1);
  EXPECT_GE(allocations_of([] { cpu::Scratch<float>().at_least(100); }), 1);
}

TEST_P(AttentionAllocations, ForwardHasNone) {
  expect_none([&] { call_.forward(); });
}

TEST_P(AttentionAllocations, BackwardHasNone) {
  call_.forward();
  for (const auto schedule : {cpu::GradientSchedule::kByHead, cpu::GradientSchedule::kByBlock}) {
    expect_none([&] { call_.backward(schedule); });
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plans,
    AttentionAllocations,
    testing::Values(Kept{"Rows", "window(64) | global(0:64) | random(3,seed=1)", 2},
                    Kept{"Strands", "dilated(64,4)"},
                    Kept{"RowsAndStrands", "window(64) | strided(50,causal)"},
                    Kept{"BFloat16", "window(64) | strided(50,causal)", 2, DType::kBF16}),
    [](const auto& tested) { return tested.param.name; });

TEST(OrderedAllocations, HaveNone) {
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const Call call({"Ordered", "window(64) | global(0:64)", 2});
  call.in_order();
  EXPECT_EQ(allocations_of([&] { call.in_order(); }), 0);
}

}  // namespace
}  // namespace heddle::attention
