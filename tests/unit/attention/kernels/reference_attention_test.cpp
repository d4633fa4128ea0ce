#include "attention/backend/reference/attention.h"
#include "attention/backend/reference/read_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace heddle::attention {
namespace {

/// One head, `queries` queries of one block over one run of keys.
BlockPlan one_run(std::int64_t queries, const TileRun& run) {
  BlockPlan plan;
  plan.queries = queries;
  plan.row_begin = {0, 1};
  plan.runs = {run};
  build_work_list(plan);
  return plan;
}

struct Small {
  Tensor queries{DType::kF32, {1, 3, 4}};  // zeros: every attended key weighs the same
  Tensor keys{DType::kF32, {1, 3, 4}};
  Tensor values{DType::kF32, {1, 3, 1}};  // 0, 1, 2
  Tensor out{DType::kF32, {1, 3, 1}};
  Tensor lse{DType::kF32, {1, 3}};

  void run(const BlockPlan& plan) {
    for (int i = 0; i < 3; ++i) values.view().as<float>()[i] = static_cast<float>(i);
    const TensorView sets[] = {queries.view()};
    const KeySegment segments[] = {{keys.view(), values.view()}};
    reference::attention({.plan = &plan,
                          .queries = sets,
                          .segments = segments,
                          .out = out.view(),
                          .log_sum_exp = lse.view()});
  }
};

TEST(ReferenceAttention, AveragesTheKeysThatABandLetsThrough) {
  Small small;
  small.run(one_run(3, {.count = 1, .keys = 3, .lo = -1, .hi = 0, .kind = TileKind::kBand}));
  const float* out = small.out.view().as<float>();
  EXPECT_FLOAT_EQ(out[0], 0.0f);
  EXPECT_FLOAT_EQ(out[1], 0.5f);
  EXPECT_FLOAT_EQ(out[2], 1.5f);
  EXPECT_FLOAT_EQ(small.lse.view().as<float>()[2], std::log(2.0f));
}

TEST(ReferenceAttention, ARowWithoutKeysIsZeroAndMinusInfinity) {
  Small small;
  small.run(one_run(3, {.count = 1, .keys = 3, .lo = 2, .hi = 9, .kind = TileKind::kBand}));
  EXPECT_FLOAT_EQ(small.out.view().as<float>()[0], 2.0f);
  EXPECT_EQ(small.out.view().as<float>()[1], 0.0f);
  EXPECT_EQ(small.lse.view().as<float>()[1], -std::numeric_limits<float>::infinity());
}

TEST(ReferenceAttention, ReadsBitsByTheQuerysRowInItsBlock) {
  Small small;
  BlockPlan plan = one_run(3, {.count = 1, .keys = 3, .kind = TileKind::kBits});
  plan.bits.resize(64);
  plan.bits[0] = 0b100;
  plan.bits[1] = 0b101;
  small.run(plan);
  EXPECT_FLOAT_EQ(small.out.view().as<float>()[0], 2.0f);
  EXPECT_FLOAT_EQ(small.out.view().as<float>()[1], 1.0f);
  EXPECT_FLOAT_EQ(small.out.view().as<float>()[2], 0.0f);
}

TEST(ReferenceAttention, RefusesAPlanForKeysThatAreNotThereAndNamesBothSizes) {
  Small small;
  const BlockPlan plan = one_run(3, {.count = 1, .keys = 4});
  try {
    small.run(plan);
    FAIL() << "a run of 4 keys over 3 was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("needs slots [0, 4) of keys f32 (1, 3, 4)"));
  }
}

TEST(ReferenceReadOut, KeepsTheEarlierOfEqualKeysAndFindsTheBestOnEachSide) {
  Tensor queries(DType::kF32, {1, 1});
  queries.view().as<float>()[0] = 1;
  Tensor keys(DType::kF32, {1, 4, 1});
  Tensor values(DType::kF32, {1, 4, 2});
  const float similarity[] = {0.5f, 0.9f, 0.9f, 0.2f};
  const float value[] = {1, 1, 0.5f, 0, 0.25f, 0, 0, 0};
  std::copy_n(similarity, 4, keys.view().as<float>());
  std::copy_n(value, 8, values.view().as<float>());
  const KeySegment segments[] = {{keys.view(), values.view()}};
  Tensor out(DType::kF32, {4, 1});
  reference::read_out(
      {.queries = queries.view(), .segments = segments, .scale = 2, .top = 1, .out = out.view()});
  EXPECT_FLOAT_EQ(out.view().as<float>()[0], 0.5f);
  EXPECT_FLOAT_EQ(out.view().as<float>()[2], 0.5f);
  EXPECT_FLOAT_EQ(out.view().as<float>()[3], 0.2f);
}

}  // namespace
}  // namespace heddle::attention
