// The CPU gradient beside the reference, over random plans and over the patterns' own.

#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gtest/gtest.h>

namespace heddle::attention::kernel_tests {
namespace {

class CpuGradient : public testing::TestWithParam<CaseShape> {};

TEST_P(CpuGradient, AgreesWithTheReferenceOnRandomPlans) {
  for (const std::uint64_t seed : {1, 2}) {
    std::mt19937_64 random(seed);
    const AttentionCase forward(GetParam(), seed);
    const BlockPlan plan = random_plan(GetParam(), random);
    const GradientCase tested(forward, plan, seed);
    expect_close(
        tested, tested.run(cpu::attention_gradient), tested.run(reference::attention_gradient));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         CpuGradient,
                         testing::ValuesIn(every_shape()),
                         [](const auto& tested) { return tested.param.name; });

class CpuGradientOfPatterns : public testing::TestWithParam<std::string> {};

TEST_P(CpuGradientOfPatterns, AgreesWithTheReference) {
  const CaseShape shape = {
      .name = GetParam(), .first_query = 0, .queries = 300, .key_dim = 32, .value_dim = 32};
  const AttentionCase forward(shape, 31);
  const BlockPlan planned = plan(parse_pattern(GetParam()), {4, 0, 300, 0, 300, 64, 64});
  const GradientCase tested(forward, planned, 32);
  expect_close(
      tested, tested.run(cpu::attention_gradient), tested.run(reference::attention_gradient));
}

INSTANTIATE_TEST_SUITE_P(Patterns,
                         CpuGradientOfPatterns,
                         testing::Values("dense()",
                                         "dense(causal)",
                                         "window(70)",
                                         "window(70,causal)",
                                         "strided(7,causal)",
                                         "dilated(9,4)",
                                         "block_local(48)",
                                         "global(130:5)",
                                         "random(2,seed=7)",
                                         "window(40) | global(0:16) | random(1,seed=3)",
                                         "(window(90) | strided(16)) & dense(causal)",
                                         "per_head(window(20); strided(5); dense(causal))"));

}  // namespace
}  // namespace heddle::attention::kernel_tests
