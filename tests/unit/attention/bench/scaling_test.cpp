#include "attention/bench/scaling.h"

#include "attention/bench/token_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace heddle::attention::bench {
namespace {

std::vector<ScalingPoint> points_of(double (*seconds)(double tokens)) {
  std::vector<ScalingPoint> points;
  for (std::int64_t tokens = 1024; tokens <= 65536; tokens *= 2) {
    points.push_back({.tokens = tokens, .processor = seconds(static_cast<double>(tokens))});
  }
  return points;
}

TEST(Scaling, ExponentsOfPowersAreFound) {
  EXPECT_NEAR(fitted_exponent(points_of([](double n) { return 3 * n * n; })), 2, 1e-9);
  EXPECT_NEAR(fitted_exponent(points_of([](double n) { return 1e-7 * n; })), 1, 1e-9);
  EXPECT_NEAR(fitted_exponent(points_of([](double n) { return n * std::sqrt(n); })), 1.5, 1e-9);
  const ScalingPoint alone{.tokens = 1024, .processor = 1};
  EXPECT_TRUE(std::isnan(fitted_exponent({&alone, 1})));
}

TEST(Scaling, TheStartOfACurveDoesNotSpoilItsEnd) {
  const double exponent =
      fitted_exponent(points_of([](double n) { return n < 5000 ? 1.0 : n * n * 1e-8; }));
  EXPECT_NEAR(exponent, 2, 1e-9);
}

TEST(Scaling, EveryCaseIsRightAtItsFirstPoints) {
  for (const ScalingCase& one : scaling_cases()) {
    for (const ScalingPoint& point : measure_scaling(one, 2048, 10)) {
      EXPECT_LE(point.error, kScalingTolerance) << one.name << " " << point.tokens;
      EXPECT_GT(point.seconds, 0);
    }
  }
}

Tensor random_tokens(std::int64_t count) {
  Tensor made(DType::kF32, {count, 64});
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < count * 64; ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

void expect_permutation(std::vector<std::int64_t> order, std::int64_t count) {
  std::ranges::sort(order);
  ASSERT_EQ(static_cast<std::int64_t>(order.size()), count);
  for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(TokenOrder, HoldsEveryTokenOnceAndEqualTokensBesideEachOther) {
  const Tensor tokens = random_tokens(1000);
  copy(tokens.view().at(0, 17), tokens.view().at(0, 900));
  for (const auto& order : {order_by_hash(tokens.view()), order_by_cluster(tokens.view(), 64)}) {
    expect_permutation(order, 1000);
  }
  // 1000 tokens make 4 bits of hash: equal tokens share them, so fewer than a bucket lies between.
  const auto order = order_by_hash(tokens.view());
  const auto a = std::ranges::find(order, 17) - order.begin();
  const auto b = std::ranges::find(order, 900) - order.begin();
  EXPECT_LT(std::abs(a - b), 500);
}

TEST(CoarseToFine, FindsTheBestBlocksWhereThereAreNoMoreThanItLooksAt) {
  const Tensor tokens = random_tokens(64 * 40);
  const BlockPlan plan = plan_coarse_to_fine(tokens.view(), 8);
  validate(plan);
  EXPECT_EQ(plan.tiles(), 40 * 8);
}

TEST(CoarseToFine, FindsABlockLikeTheQuerysThroughTheLevels) {
  const Tensor tokens = random_tokens(64 * 1000);
  for (std::int64_t row = 0; row < 64; ++row) {  // block 777 and block 3 point one way
    for (const std::int64_t block : {3, 777}) {
      tokens.view().at(0, block * 64 + row).as<float>()[5] += 10;
    }
  }
  const BlockPlan plan = plan_coarse_to_fine(tokens.view(), 8);
  validate(plan);
  EXPECT_TRUE(attends(plan, 0, 3 * 64, 777 * 64));
  EXPECT_TRUE(attends(plan, 0, 777 * 64, 3 * 64));
}

}  // namespace
}  // namespace heddle::attention::bench
