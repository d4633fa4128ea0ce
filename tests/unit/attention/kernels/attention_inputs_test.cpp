// Inputs that break careless softmaxes, and arguments that must be refused.

#include "attention/backend/cpu/attention.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace heddle::attention::kernel_tests {
namespace {

constexpr CaseShape kShape = {.heads = 1, .kv_heads = 1, .first_query = 0, .queries = 70};

void fill(const TensorView& view, float x) { std::fill_n(view.as<float>(), view.size(), x); }

void expect_agreement(const AttentionCase& some, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const BlockPlan plan = random_plan(some.shape(), random);
  expect_close(some, some.run(cpu::attention, plan), some.run(reference::attention, plan));
}

TEST(AttentionInputs, OneDominantKeyTakesAllTheWeight) {
  const AttentionCase some(kShape, 1);
  fill(some.queries(0), 1);
  fill(some.keys(), -0.5f);
  fill(some.keys().slice(1, 130, 1), 900);
  expect_agreement(some, 2);
}

TEST(AttentionInputs, EqualKeysAreAveraged) {
  const AttentionCase some(kShape, 3);
  fill(some.keys(), 0.25f);
  expect_agreement(some, 4);
}

TEST(AttentionInputs, LogitsOfPlusAndMinusSixtyThousandStayFinite) {
  const AttentionCase some(kShape, 5);
  fill(some.queries(0), 1);
  for (std::int64_t key = 0; key < kShape.keys; ++key) {
    // scale 1/8, 64 channels: logit = 8 * x
    fill(some.keys().slice(1, key, 1), key % 3 == 0 ? 7500.0f : -7500.0f);
  }
  expect_agreement(some, 6);
}

template <AttentionFunction attention, int kTenths>
void with_scale(const AttentionArgs& args) {
  AttentionArgs scaled = args;
  scaled.scale = kTenths / 10.0f;
  attention(scaled);
}

TEST(AttentionInputs, AnyFiniteScaleIsHonoured) {
  const AttentionCase some(kShape, 9);
  std::mt19937_64 random(10);
  const BlockPlan plan = random_plan(some.shape(), random);
  const Result turned = some.run(with_scale<cpu::attention, -3>, plan);
  expect_close(some, turned, some.run(with_scale<reference::attention, -3>, plan));
  EXPECT_NE(turned.values(), some.run(with_scale<cpu::attention, 3>, plan).values());
  expect_close(some,
               some.run(with_scale<cpu::attention, 0>, plan),
               some.run(with_scale<reference::attention, 0>, plan));
}

TEST(AttentionInputs, AQueryWithoutKeysGivesZeroAndMinusInfinity) {
  const AttentionCase some(kShape, 7);
  BlockPlan plan;
  plan.queries = kShape.queries;
  plan.row_begin = {0, 0, 1};
  plan.runs = {{.count = 1, .keys = 64, .lo = -1000, .hi = -66, .kind = TileKind::kBand}};
  build_work_list(plan);
  const Result result = some.run(cpu::attention, plan);
  const float* lse = result.log_sum_exp.view().as<float>();
  const std::vector<float> out = result.values();
  EXPECT_EQ(lse[3], -std::numeric_limits<float>::infinity());   // its row has no runs
  EXPECT_EQ(lse[65], -std::numeric_limits<float>::infinity());  // its row's run masks it
  EXPECT_EQ(out[65 * 64], 0.0f);
  EXPECT_TRUE(std::isfinite(lse[66]));
}

TEST(AttentionInputs, NaNReachesTheQueriesThatAttendItAndNoOthers) {
  const AttentionCase some(kShape, 8);
  fill(some.keys().slice(1, 10, 1), std::numeric_limits<float>::quiet_NaN());
  BlockPlan plan;
  plan.queries = kShape.queries;
  plan.row_begin = {0, 1, 2};
  const TileRun causal = {.count = 2, .keys = 128, .lo = -1000, .hi = 0, .kind = TileKind::kBand};
  plan.runs = {causal, causal};
  build_work_list(plan);
  const std::vector<float> out = some.run(cpu::attention, plan).values();
  EXPECT_TRUE(std::isfinite(out[9 * 64]));
  EXPECT_TRUE(std::isnan(out[10 * 64]));
}

struct Refusal {
  std::string name;
  void (*spoil)(AttentionArgs&, std::vector<TensorView>&, std::vector<KeySegment>&);
  std::string says;
};

class AttentionRefusals : public testing::TestWithParam<Refusal> {};

TEST_P(AttentionRefusals, NameTheOperandAndBothShapes) {
  const AttentionCase some(kShape, 9);
  std::mt19937_64 random(10);
  const BlockPlan plan = random_plan(kShape, random);
  const Tensor out(DType::kF32, {1, 70, 64});
  std::vector<TensorView> queries = {some.queries(0)};
  std::vector<KeySegment> segments = {{some.keys(), some.values()}, {some.keys(), some.values()}};
  AttentionArgs args = {.plan = &plan, .out = out.view()};
  GetParam().spoil(args, queries, segments);
  args.queries = queries;
  args.segments = segments;
  for (const AttentionFunction attention : {cpu::attention, reference::attention}) {
    try {
      attention(args);
      FAIL() << "was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(GetParam().says));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Arguments,
    AttentionRefusals,
    testing::Values(
        Refusal{"NoPlan", [](auto& args, auto&, auto&) { args.plan = nullptr; }, "no plan"},
        Refusal{"KeyDim",
                [](auto&, auto& queries, auto&) { queries[0] = queries[0].slice(2, 0, 32); },
                "keys is f32 (1, 300, 64) but queries is f32 (1, 70, 32)"},
        Refusal{"TooFewQueries",
                [](auto&, auto& queries, auto&) { queries[0] = queries[0].slice(1, 0, 9); },
                "the plan is for 70 queries"},
        Refusal{"FewerValuesThanKeys",
                [](auto&, auto&, auto& segments) {
                  segments[0].values = segments[0].values.slice(1, 0, 9);
                },
                "values is f32 (1, 9, 64) but keys is f32 (1, 300, 64)"},
        Refusal{"Turned",
                [](auto&, auto& queries, auto&) {
                  queries[0] = queries[0].permute({0, 2, 1});
                },
                "the last axis is contiguous"},
        Refusal{"QuerySet",
                [](auto&, auto&, auto& segments) { segments[1].query_set = 1; },
                "asks for query set 1"},
        Refusal{"Output",
                [](auto& args, auto&, auto&) { args.out = args.out.slice(1, 0, 8); },
                "out is f32 (1, 8, 64)"},
        Refusal{"NoScale",
                [](auto& args, auto&, auto&) { args.scale = HUGE_VALF; },
                "scale inf is not finite"},
        Refusal{"KeysOutsideTheSegment",
                [](auto&, auto&, auto& segments) {
                  segments[0].keys = segments[0].keys.slice(1, 0, 3);
                  segments[0].values = segments[0].values.slice(1, 0, 3);
                },
                "plan for the keys that there are"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace heddle::attention::kernel_tests
