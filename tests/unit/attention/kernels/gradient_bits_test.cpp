// What a gradient's bits may depend on, and what not.

#include "attention/backend/cpu/attention_gradient.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <tbb/global_control.h>

namespace heddle::attention::kernel_tests {
namespace {

void by_head(const AttentionGradientArgs& args) {
  cpu::attention_gradient(args, cpu::GradientSchedule::kByHead);
}

void by_block(const AttentionGradientArgs& args) {
  cpu::attention_gradient(args, cpu::GradientSchedule::kByBlock);
}

Gradients run_on_threads(const GradientCase& tested,
                         GradientFunction gradient,
                         std::size_t threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  return tested.run(gradient);
}

class GradientBits : public testing::TestWithParam<CaseShape> {};

TEST_P(GradientBits, DoNotDependOnThreadsOrOnTheSchedule) {
  const AttentionCase forward(GetParam(), 9);
  std::mt19937_64 random(10);
  const BlockPlan plan = random_plan(GetParam(), random);
  const GradientCase tested(forward, plan, 11);
  const Gradients alone = run_on_threads(tested, by_head, 1);
  for (int repeat = 0; repeat < 2; ++repeat) {
    expect_same_bits(alone, run_on_threads(tested, by_head, 2));
    expect_same_bits(alone, run_on_threads(tested, by_block, 2));
  }
  expect_same_bits(alone, run_on_threads(tested, by_block, 1));
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         GradientBits,
                         testing::ValuesIn(every_shape()),
                         [](const auto& tested) { return tested.param.name; });

class GradientTargets : public testing::TestWithParam<std::int64_t> {
 protected:
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
};

TEST_P(GradientTargets, AgreeWithTheBestOne) {
  const CaseShape shape = {.name = "targets", .cut = 205, .key_dim = 20, .value_dim = 36};
  const AttentionCase forward(shape, 13);
  std::mt19937_64 random(14);
  const BlockPlan plan = random_plan(shape, random);
  const GradientCase tested(forward, plan, 15);
  const Gradients best = tested.run(cpu::attention_gradient);
  if ((hwy::SupportedTargets() & GetParam()) == 0) {
    GTEST_SKIP() << "this machine has no " << hwy::TargetName(GetParam());
  }
  hwy::SetSupportedTargetsForTest(GetParam());
  hwy::GetChosenTarget().DeInit();
  expect_close(tested, tested.run(cpu::attention_gradient), best);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets,
                         GradientTargets,
                         testing::Values(HWY_EMU128, HWY_SCALAR, HWY_SSE4, HWY_AVX2, HWY_AVX3));

}  // namespace
}  // namespace heddle::attention::kernel_tests
