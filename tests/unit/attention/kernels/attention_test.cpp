// The CPU kernel beside the reference, over random plans.

#include "attention/backend/cpu/attention.h"

#include "attention/backend/reference/attention.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>

namespace heddle::attention::kernel_tests {
namespace {

class CpuAttention : public testing::TestWithParam<CaseShape> {};

TEST_P(CpuAttention, AgreesWithTheReferenceOnRandomPlans) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::mt19937_64 random(seed);
    const AttentionCase small(GetParam(), seed);
    const BlockPlan plan = random_plan(GetParam(), random);
    ASSERT_NO_THROW(validate(plan));
    expect_close(small, small.run(cpu::attention, plan), small.run(reference::attention, plan));
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         CpuAttention,
                         testing::ValuesIn(every_shape()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace heddle::attention::kernel_tests
