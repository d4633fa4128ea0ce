// Inputs that break careless gradients, and gradients that nobody wants.

#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

constexpr CaseShape kShape = {.heads = 1, .kv_heads = 1, .first_query = 0, .queries = 70};

void fill(const TensorView& view, float x) { std::fill_n(view.as<float>(), view.size(), x); }

void expect_agreement(const AttentionCase& forward, std::uint64_t seed, double logits = 0) {
  std::mt19937_64 random(seed);
  const BlockPlan plan = random_plan(forward.shape(), random);
  const GradientCase tested(forward, plan, seed + 1);
  expect_close(tested,
               tested.run(cpu::attention_gradient),
               tested.run(reference::attention_gradient),
               logits);
}

TEST(GradientInputs, OneDominantKeyTakesAllTheWeight) {
  const AttentionCase forward(kShape, 1);
  fill(forward.queries(0), 1);
  fill(forward.keys(), -0.5f);
  fill(forward.keys().slice(1, 130, 1), 900);
  expect_agreement(forward, 2, 7200);
}

TEST(GradientInputs, EqualKeysShareTheSlope) {
  const AttentionCase forward(kShape, 3);
  fill(forward.keys(), 0.25f);
  expect_agreement(forward, 4);
}

TEST(GradientInputs, LogitsOfPlusAndMinusSixtyThousandStayFinite) {
  const AttentionCase forward(kShape, 5);
  fill(forward.queries(0), 1);
  for (std::int64_t key = 0; key < kShape.keys; ++key) {
    fill(forward.keys().slice(1, key, 1), key % 3 == 0 ? 7500.0f : -7500.0f);
  }
  expect_agreement(forward, 6, 60000);
}

TEST(GradientInputs, AQueryWithoutKeysAndAKeyWithoutQueriesHaveNone) {
  const AttentionCase forward(kShape, 7);
  BlockPlan plan;
  plan.queries = kShape.queries;
  plan.row_begin = {0, 0, 1};
  plan.runs = {{.count = 1, .keys = 64, .lo = -1000, .hi = -66, .kind = TileKind::kBand}};
  build_work_list(plan);
  const GradientCase tested(forward, plan, 8);
  const Gradients got = tested.run(cpu::attention_gradient);
  const float* queries = got.queries[0].view().as<float>();
  const float* values = got.values.view().as<float>();
  for (std::int64_t i = 0; i < 66 * 64; ++i) ASSERT_EQ(queries[i], 0) << "query " << i / 64;
  for (std::int64_t i = 4 * 64; i < 300 * 64; ++i) ASSERT_EQ(values[i], 0) << "key " << i / 64;
  EXPECT_NE(values[0], 0);
}

/// The gradient of the values alone: all other views are empty.
void of_values_alone(const AttentionGradientArgs& args) {
  const std::vector<TensorView> queries(args.query_gradients.size());
  std::vector<KeySegmentGradient> segments;
  for (const KeySegmentGradient& segment : args.segment_gradients) {
    segments.push_back({.values = segment.values});
  }
  AttentionGradientArgs asked = args;
  asked.query_gradients = queries;
  asked.segment_gradients = segments;
  cpu::attention_gradient(asked);
}

TEST(GradientInputs, WhatIsNotWantedIsLeftAlone) {
  const AttentionCase forward(kShape, 9);
  std::mt19937_64 random(10);
  const BlockPlan plan = random_plan(kShape, random);
  const GradientCase tested(forward, plan, 11);
  const Gradients some = tested.run(of_values_alone);
  const Gradients all = tested.run(cpu::attention_gradient);
  EXPECT_TRUE(std::isnan(some.keys.view().as<float>()[0]));
  EXPECT_TRUE(std::isnan(some.queries[0].view().as<float>()[0]));
  for (std::int64_t i = 0; i < all.values.view().size(); ++i) {
    ASSERT_EQ(some.values.view().as<float>()[i], all.values.view().as<float>()[i]);
  }
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
