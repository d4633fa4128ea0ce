// The CUDA kernels beside the reference, over random plans and hostile inputs. Skipped, saying why,
// where no GPU can be used.

#include "attention/backend/cuda/attention.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/cuda/device_case.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

AttentionFunction attention_on(cuda::Path path) {
  switch (path) {
    case cuda::Path::kHopper:
      return [](const AttentionArgs& args) { cuda::attention(args, cuda::Path::kHopper); };
    case cuda::Path::kPortable:
      return [](const AttentionArgs& args) { cuda::attention(args, cuda::Path::kPortable); };
    case cuda::Path::kSimple:
      return [](const AttentionArgs& args) { cuda::attention(args, cuda::Path::kSimple); };
    case cuda::Path::kAuto:
      break;
  }
  return [](const AttentionArgs& args) { cuda::attention(args); };
}

class CudaAttention : public testing::TestWithParam<DeviceCase> {};

TEST_P(CudaAttention, AgreesWithTheReferenceOnRandomPlans) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::mt19937_64 random(seed);
    const AttentionCase small(GetParam().shape, seed);
    const BlockPlan plan = random_plan(GetParam().shape, random);
    expect_close(small,
                 small.run(attention_on(GetParam().path), plan),
                 small.run(reference::attention, plan));
  }
}

TEST_P(CudaAttention, GivesTheSameBitsAgain) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  std::mt19937_64 random(5);
  const AttentionCase small(GetParam().shape, 5);
  const BlockPlan plan = random_plan(GetParam().shape, random);
  const Result once = small.run(attention_on(GetParam().path), plan);
  expect_same_bits(once, small.run(attention_on(GetParam().path), plan), 0);
}

INSTANTIATE_TEST_SUITE_P(Fast,
                         CudaAttention,
                         testing::ValuesIn(fast_cases()),
                         [](const auto& tested) { return name_of(tested.param); });

INSTANTIATE_TEST_SUITE_P(Other,
                         CudaAttention,
                         testing::ValuesIn(other_cases()),
                         [](const auto& tested) { return name_of(tested.param); });

class EveryPath : public testing::TestWithParam<DeviceCase> {};

INSTANTIATE_TEST_SUITE_P(Paths, EveryPath, testing::ValuesIn(path_cases()), [](const auto& tested) {
  return name_of(tested.param) + std::to_string(tested.param.shape.key_dim);
});

TEST_P(EveryPath, GivesZeroAndMinusInfinityWhereAQueryHasNoKey) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.first_query = 0;
  shape.queries = shape.keys = 300;
  const AttentionCase dense(shape, 3);
  BlockPlan empty = plan(parse_pattern("window(0)"), {.queries = 300, .keys = 300});
  empty.runs.erase(empty.runs.begin());
  for (std::size_t i = 1; i < empty.row_begin.size(); ++i) --empty.row_begin[i];
  build_work_list(empty);
  const Result got = dense.run(attention_on(GetParam().path), empty);
  for (std::int64_t i = 0; i < 64 * shape.value_dim; ++i) EXPECT_EQ(got.values()[i], 0);
  EXPECT_EQ(got.log_sum_exp.view().as<float>()[0], -INFINITY);
  expect_close(dense, got, dense.run(reference::attention, empty));
}

TEST_P(EveryPath, StandsLogitsInTheTensOfThousands) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.spread = 80;
  std::mt19937_64 random(7);
  const AttentionCase steep(shape, 7);
  const BlockPlan plan = random_plan(shape, random);
  const Result got = steep.run(attention_on(GetParam().path), plan);
  const Result wanted = steep.run(reference::attention, plan);
  for (const float x : got.values()) ASSERT_TRUE(std::isfinite(x));
  const float* a = got.log_sum_exp.view().as<float>();
  const float* b = wanted.log_sum_exp.view().as<float>();
  for (std::int64_t i = 0; i < got.log_sum_exp.view().size(); ++i) {
    if (std::isfinite(b[i])) {
      ASSERT_NEAR(a[i], b[i], 1e-2 + 1e-5 * std::fabs(b[i]));
    }
  }
}

TEST_P(EveryPath, WeighsEqualKeysEqually) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.spread = 0;
  shape.first_query = 0;
  shape.keys = shape.cut = 777;
  const AttentionCase flat(shape, 9);
  const BlockPlan dense = plan(parse_pattern("dense()"), {.queries = shape.queries, .keys = 777});
  expect_close(
      flat, flat.run(attention_on(GetParam().path), dense), flat.run(reference::attention, dense));
}

/// Patterns as users write them, at a size where rows are split.
TEST_P(EveryPath, AgreesOnEveryPattern) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.heads = shape.kv_heads = 1;
  shape.first_query = 0;
  shape.queries = shape.keys = shape.cut = 1500;
  const AttentionCase whole(shape, 11);
  for (const char* pattern : {"dense()",
                              "dense(causal)",
                              "window(200)",
                              "window(256,causal)",
                              "window(100) | global(0:70)",
                              "window(64) | global(0:64) | random(3,seed=7,block=64)",
                              "strided(17,causal)",
                              "dilated(9,5)",
                              "block_local(100)"}) {
    const BlockPlan made = plan(parse_pattern(pattern), {.queries = 1500, .keys = 1500});
    SCOPED_TRACE(pattern);
    expect_close(whole,
                 whole.run(attention_on(GetParam().path), made),
                 whole.run(reference::attention, made));
  }
}

/// Strands that one call takes and strands of unequal lengths, alone and beside rows.
TEST_P(EveryPath, AgreesOnStrands) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  for (const std::int64_t first : {0, 300}) {
    CaseShape shape = GetParam().shape;
    shape.heads = 4;
    shape.kv_heads = 2;
    shape.first_query = first;
    shape.queries = 1200 - first;
    shape.keys = shape.cut = 1200;
    const AttentionCase whole(shape, 12);
    for (const char* pattern : {"strided(4)",
                                "strided(20,causal) | window(70,causal)",
                                "strided(7,causal)",
                                "dilated(9,7) | window(30)",
                                "per_head(strided(6); window(40); dilated(30,12); strided(60))"}) {
      SCOPED_TRACE(pattern);
      const BlockPlan made =
          plan(parse_pattern(pattern),
               {.heads = 4, .first_query = first, .queries = shape.queries, .keys = 1200});
      const Result got = whole.run(attention_on(GetParam().path), made);
      expect_close(whole, got, whole.run(reference::attention, made));
      expect_same_bits(got, whole.run(attention_on(GetParam().path), made), 0);
    }
  }
}

TEST(CudaAttention, RefusesAPathThatCannotRunTheOperands) {
  SKIP_WITHOUT_DEVICE(cuda::Path::kAuto);
  const CaseShape shape{.name = "F32"};
  std::mt19937_64 random(1);
  const AttentionCase wide(shape, 1);
  const BlockPlan plan = random_plan(shape, random);
  EXPECT_THROW(wide.run(attention_on(cuda::Path::kHopper), plan), std::runtime_error);
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
