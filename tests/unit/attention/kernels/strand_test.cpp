// Plans with strands: the same attention as their pairs in rows, and the laws of bits.

#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/normalised_op.h"
#include "attention/backend/reference/attention.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/backend/reference/normalised_attention.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>

namespace heddle::attention::kernel_tests {
namespace {

PlanShape plan_shape(const CaseShape& shape) {
  return {.heads = static_cast<int>(shape.heads),
          .first_query = shape.first_query,
          .queries = shape.queries,
          .keys = shape.keys,
          .query_block = shape.query_block,
          .key_block = shape.key_block};
}

BlockPlan plan_of(const std::string& pattern, const CaseShape& shape) {
  return plan(parse_pattern(pattern), plan_shape(shape));
}

BlockPlan in_order(const std::string& pattern, const CaseShape& shape) {
  return plan_in_order(parse_pattern(pattern), plan_shape(shape));
}

/// Lengths that strides divide and that they do not, offsets, key heads, types and layouts.
std::vector<CaseShape> shapes() {
  return {{.name = "Whole", .first_query = 0, .queries = 300, .keys = 300},
          {.name = "Later", .first_query = 131, .queries = 70, .keys = 300},
          {.name = "SmallBlocks",
           .first_query = 5,
           .queries = 290,
           .keys = 295,
           .query_block = 16,
           .key_block = 16},
          {.name = "TwoSets", .cut = 300, .key_dim = 24, .value_dim = 40, .query_sets = 2},
          {.name = "OneKeyHead", .kv_heads = 1, .interleaved = true},
          {.name = "BFloat16", .key_dim = 32, .dtype = DType::kBF16},
          {.name = "Half", .kv_heads = 4, .value_dim = 32, .dtype = DType::kF16}};
}

const char* const kPatterns[] = {"strided(2)",
                                 "strided(7,causal)",
                                 "strided(64)",
                                 "strided(400,causal)",
                                 "dilated(9,4)",
                                 "dilated(100,3,causal)",
                                 "strided(16,causal) | window(40,causal)",
                                 "dilated(3,8) | strided(12) | window(2)",
                                 "(window(90) | strided(16)) & dense(causal)",
                                 "per_head(window(20); strided(6); dilated(4,9); dense(causal))"};

class Strands : public testing::TestWithParam<CaseShape> {};

TEST_P(Strands, GiveTheAttentionOfTheirPairsInRows) {
  const AttentionCase some(GetParam(), 3);
  for (const char* pattern : kPatterns) {
    SCOPED_TRACE(pattern);
    const BlockPlan planned = plan_of(pattern, GetParam());
    ASSERT_NE(planned.strands.stride, 0);
    const Result wanted = some.run(reference::attention, in_order(pattern, GetParam()));
    expect_close(some, some.run(reference::attention, planned), wanted);
    expect_close(some, some.run(cpu::attention, planned), wanted);
  }
}

TEST_P(Strands, GiveTheGradientsOfTheirPairsInRows) {
  const AttentionCase some(GetParam(), 4);
  for (const char* pattern : kPatterns) {
    SCOPED_TRACE(pattern);
    const BlockPlan rows = in_order(pattern, GetParam());
    const BlockPlan planned = plan_of(pattern, GetParam());
    const GradientCase whole(some, rows, 5);
    const GradientCase tested(some, planned, 5);
    const Gradients wanted = whole.run(reference::attention_gradient);
    expect_close(tested, tested.run(reference::attention_gradient), wanted);
    expect_close(tested, tested.run(cpu::attention_gradient), wanted);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Strands, testing::ValuesIn(shapes()), [](const auto& tested) {
  return tested.param.name;
});

class StrandBits : public testing::TestWithParam<std::string> {
 protected:
  static constexpr std::int64_t kTokens = 700;
  static CaseShape chunk(std::int64_t first, std::int64_t count) {
    return {.name = "bits",
            .first_query = first,
            .queries = count,
            .keys = kTokens,
            .cut = kTokens,
            .key_dim = 16,
            .value_dim = 16,
            .key_block = 4};  // parts of 256 numbers: rows are cut
  }
};

TEST_P(StrandBits, OfAQueryDoNotDependOnItsChunk) {
  const CaseShape shape = chunk(0, kTokens);
  const AttentionCase some(shape, 6);
  const Result whole = some.run(cpu::attention, plan_of(GetParam(), shape));
  for (const std::int64_t size : {1, 7, 64, 300}) {
    for (std::int64_t first = 0; first < kTokens; first += size == 1 ? 97 : size) {
      CaseShape part = chunk(first, std::min(size, kTokens - first));
      part.keys = first + part.queries;  // causal: a chunk is planned when its keys are there
      const BlockPlan planned = plan_of(GetParam(), part);
      expect_same_bits(whole, some.run_chunk(cpu::attention, planned, first), first);
    }
  }
}

TEST_P(StrandBits, DoNotDependOnThreadsOrTheSchedule) {
  const CaseShape shape = chunk(0, kTokens);
  const AttentionCase some(shape, 7);
  const BlockPlan planned = plan_of(GetParam(), shape);
  const GradientCase tested(some, planned, 8);
  const auto on = [&](std::size_t threads, cpu::GradientSchedule schedule) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    static cpu::GradientSchedule chosen;
    chosen = schedule;
    return std::pair(some.run(cpu::attention, planned),
                     tested.run([](const auto& args) { cpu::attention_gradient(args, chosen); }));
  };
  const auto alone = on(1, cpu::GradientSchedule::kByHead);
  for (const auto schedule : {cpu::GradientSchedule::kByHead, cpu::GradientSchedule::kByBlock}) {
    const auto together = on(2, schedule);
    expect_same_bits(alone.first, together.first, 0);
    expect_same_bits(alone.second, together.second);
  }
}

INSTANTIATE_TEST_SUITE_P(Patterns,
                         StrandBits,
                         testing::Values("strided(2,causal)",
                                         "dilated(40,5,causal)",
                                         "strided(64,causal) | window(100,causal)"));

TEST(StrandedPlan, IsRefusedWhereAllKeysOfAQueryAreNeededAtOnce) {
  const CaseShape shape = shapes()[0];
  const AttentionCase some(shape, 9);
  const BlockPlan planned = plan_of("strided(7)", shape);
  const auto segments = some.segments();
  const Tensor out(DType::kF32, {shape.heads, shape.queries, shape.value_dim});
  const NormalisedArgs args = {.call = {.plan = &planned,
                                        .queries = some.query_sets(),
                                        .segments = segments,
                                        .out = out.view()},
                               .normaliser = {2}};
  EXPECT_THROW(reference::normalised_attention(args), std::invalid_argument);
}

TEST(StrandedPlan, IsRefusedWhereAStrandHasFewerKeysThanItsPlan) {
  const CaseShape shape = shapes()[0];
  CaseShape shorter = shape;
  shorter.keys = shorter.cut = 299;
  const AttentionCase some(shorter, 10);
  EXPECT_THROW(some.run(cpu::attention, plan_of("strided(7)", shape)), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
