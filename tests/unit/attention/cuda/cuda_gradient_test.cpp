// The CUDA gradient kernels beside the reference. Skipped, saying why, where no GPU can be used.

#include "attention/backend/cuda/attention.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/cuda/device_case.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

GradientFunction gradient_on(cuda::Path path) {
  switch (path) {
    case cuda::Path::kHopper:
      return [](const AttentionGradientArgs& args) {
        cuda::attention_gradient(args, cuda::Path::kHopper);
      };
    case cuda::Path::kPortable:
      return [](const AttentionGradientArgs& args) {
        cuda::attention_gradient(args, cuda::Path::kPortable);
      };
    case cuda::Path::kSimple:
      return [](const AttentionGradientArgs& args) {
        cuda::attention_gradient(args, cuda::Path::kSimple);
      };
    case cuda::Path::kAuto:
      break;
  }
  return [](const AttentionGradientArgs& args) { cuda::attention_gradient(args); };
}

class CudaGradient : public testing::TestWithParam<DeviceCase> {};

TEST_P(CudaGradient, AgreesWithTheReferenceOnRandomPlans) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  for (const std::uint64_t seed : {1, 2}) {
    std::mt19937_64 random(seed);
    const AttentionCase forward(GetParam().shape, seed);
    const BlockPlan plan = random_plan(GetParam().shape, random);
    const GradientCase small(forward, plan, seed);
    expect_close(
        small, small.run(gradient_on(GetParam().path)), small.run(reference::attention_gradient));
  }
}

TEST_P(CudaGradient, GivesTheSameBitsAgain) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  std::mt19937_64 random(5);
  const AttentionCase forward(GetParam().shape, 5);
  const BlockPlan plan = random_plan(GetParam().shape, random);
  const GradientCase small(forward, plan, 5);
  const Gradients once = small.run(gradient_on(GetParam().path));
  expect_same_bits(once, small.run(gradient_on(GetParam().path)));
}

INSTANTIATE_TEST_SUITE_P(Fast,
                         CudaGradient,
                         testing::ValuesIn(fast_cases()),
                         [](const auto& tested) { return name_of(tested.param); });

INSTANTIATE_TEST_SUITE_P(Other,
                         CudaGradient,
                         testing::ValuesIn(other_cases()),
                         [](const auto& tested) { return name_of(tested.param); });

class GradientOnEveryPath : public testing::TestWithParam<DeviceCase> {};

INSTANTIATE_TEST_SUITE_P(
    Paths, GradientOnEveryPath, testing::ValuesIn(path_cases()), [](const auto& tested) {
      return name_of(tested.param) + std::to_string(tested.param.shape.key_dim);
    });

TEST_P(GradientOnEveryPath, IsZeroForQueriesWithoutKeysAndKeysWithoutQueries) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.first_query = 0;
  shape.queries = shape.keys = shape.cut = 300;
  const AttentionCase forward(shape, 3);
  BlockPlan empty = plan(parse_pattern("block_local(64)"), {.queries = 300, .keys = 300});
  empty.runs.erase(empty.runs.begin());
  for (std::size_t i = 1; i < empty.row_begin.size(); ++i) --empty.row_begin[i];
  build_work_list(empty);
  const GradientCase first_block(forward, empty, 3);
  const Gradients got = first_block.run(gradient_on(GetParam().path));
  for (const Tensor* tensor : {&got.queries[0], &got.keys, &got.values}) {
    const TensorView rows = tensor->view().slice(1, 0, 64);
    const Tensor wide(DType::kF32, {rows.shape[0], rows.shape[1], rows.shape[2]});
    copy(rows, wide.view());
    for (std::int64_t i = 0; i < wide.view().size(); ++i) {
      ASSERT_EQ(wide.view().as<float>()[i], 0) << "element " << i;
    }
  }
  expect_close(first_block, got, first_block.run(reference::attention_gradient));
}

/// Patterns as users write them, at a size where rows of both schedules are split.
TEST_P(GradientOnEveryPath, AgreesOnEveryPattern) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.heads = shape.kv_heads = 1;
  shape.first_query = 0;
  shape.queries = shape.keys = shape.cut = 1100;
  const AttentionCase forward(shape, 11);
  for (const char* pattern : {"dense()",
                              "dense(causal)",
                              "window(200)",
                              "window(256,causal)",
                              "window(100) | global(0:70)",
                              "window(64) | global(0:64) | random(3,seed=7,block=64)",
                              "strided(17,causal)",
                              "dilated(9,5)",
                              "block_local(100)"}) {
    SCOPED_TRACE(pattern);
    const BlockPlan made = plan(parse_pattern(pattern), {.queries = 1100, .keys = 1100});
    const GradientCase whole(forward, made, 11);
    expect_close(
        whole, whole.run(gradient_on(GetParam().path)), whole.run(reference::attention_gradient));
  }
}

/// Strands that one call takes and strands of unequal lengths, alone and beside rows.
TEST_P(GradientOnEveryPath, AgreesOnStrands) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.heads = 4;
  shape.kv_heads = 2;
  shape.first_query = 0;
  shape.queries = shape.keys = shape.cut = 840;
  const AttentionCase forward(shape, 12);
  for (const char* pattern : {"strided(4)",
                              "strided(20,causal) | window(70,causal)",
                              "strided(9,causal)",
                              "per_head(strided(6); window(40); dilated(30,12); strided(60))"}) {
    SCOPED_TRACE(pattern);
    const BlockPlan made = plan(parse_pattern(pattern), {.heads = 4, .queries = 840, .keys = 840});
    const GradientCase whole(forward, made, 11);
    const Gradients got = whole.run(gradient_on(GetParam().path));
    expect_close(whole, got, whole.run(reference::attention_gradient));
    expect_same_bits(got, whole.run(gradient_on(GetParam().path)));
  }
}

/// A key that every query attends is many stages: its parts are summed in order.
TEST_P(GradientOnEveryPath, SumsTheManyQueriesOfGlobalKeys) {
  SKIP_WITHOUT_DEVICE(GetParam().path);
  CaseShape shape = GetParam().shape;
  shape.heads = shape.kv_heads = 1;
  shape.first_query = 0;
  shape.queries = 9000;
  shape.keys = shape.cut = 130;
  const AttentionCase forward(shape, 13);
  const BlockPlan made = plan(parse_pattern("dense()"), {.queries = 9000, .keys = 130});
  const GradientCase tall(forward, made, 13);
  const Gradients got = tall.run(gradient_on(GetParam().path));
  expect_close(tall, got, tall.run(reference::attention_gradient));
  expect_same_bits(got, tall.run(gradient_on(GetParam().path)));
}

TEST(CudaGradient, RefusesAPathThatCannotRunTheOperands) {
  SKIP_WITHOUT_DEVICE(cuda::Path::kAuto);
  const CaseShape shape{.name = "F32"};
  std::mt19937_64 random(1);
  const AttentionCase forward(shape, 1);
  const BlockPlan plan = random_plan(shape, random);
  const GradientCase wide(forward, plan, 1);
  EXPECT_THROW(wide.run(gradient_on(cuda::Path::kHopper)), std::runtime_error);
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
