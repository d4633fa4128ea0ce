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

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    CpuAttention,
    testing::Values(
        CaseShape{.name = "OneHead", .heads = 1, .kv_heads = 1},
        CaseShape{.name = "GroupedHeads", .heads = 6, .kv_heads = 2},
        CaseShape{.name = "PlanForEachHead", .plan_heads = 4},
        CaseShape{.name = "TwoSegmentsCutInABlock", .cut = 205},
        CaseShape{.name = "TwoQuerySets", .cut = 205, .query_sets = 2},
        CaseShape{.name = "Dim4Values12", .key_dim = 4, .value_dim = 12},
        CaseShape{.name = "Dim20Values1", .key_dim = 20, .value_dim = 1},
        CaseShape{.name = "Dim16", .key_dim = 16, .value_dim = 16},
        CaseShape{.name = "Dim32", .key_dim = 32, .value_dim = 32},
        CaseShape{.name = "Dim96", .key_dim = 96, .value_dim = 96},
        CaseShape{.name = "Dim128", .key_dim = 128, .value_dim = 128},
        CaseShape{.name = "Interleaved", .cut = 130, .interleaved = true},
        CaseShape{.name = "SmallBlocks", .query_block = 16, .key_block = 16},
        CaseShape{.name = "OddBlocks", .query_block = 24, .key_block = 40},
        CaseShape{.name = "WideBlocks", .cut = 201, .query_block = 128, .key_block = 256},
        CaseShape{.name = "OneQuery", .first_query = 131, .queries = 1},
        CaseShape{.name = "ManyParts", .heads = 2, .keys = 700, .query_block = 32, .key_block = 4},
        CaseShape{.name = "BFloat16", .cut = 205, .dtype = DType::kBF16},
        CaseShape{.name = "Float16", .cut = 205, .dtype = DType::kF16},
        CaseShape{.name = "Float16Dim20", .key_dim = 20, .value_dim = 12, .dtype = DType::kF16}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace heddle::attention::kernel_tests
