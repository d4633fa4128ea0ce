#include "attention/backend/softmax_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace heddle::attention {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

SoftmaxState<double> state_of(std::initializer_list<double> logits) {
  SoftmaxState<double> state;
  for (const double logit : logits) merge(state, {.max = logit, .sum = 1});
  return state;
}

TEST(SoftmaxState, MergingTheEmptyStateFromEitherSideChangesNoBit) {
  const SoftmaxState<float> some = {.max = 3.7f, .sum = 1.3f};
  SoftmaxState<float> left = some;
  const MergeWeights<float> kept = merge(left, {});
  EXPECT_EQ(left, some);
  EXPECT_EQ(kept.left, 1);
  EXPECT_EQ(kept.right, 0);
  SoftmaxState<float> empty;
  const MergeWeights<float> taken = merge(empty, some);
  EXPECT_EQ(empty, some);
  EXPECT_EQ(taken.left, 0);
  EXPECT_EQ(taken.right, 1);
}

TEST(SoftmaxState, MergingPartsGivesTheSumOfAllKeys) {
  SoftmaxState<double> left = state_of({1, 5, -3});
  const SoftmaxState<double> right = state_of({7, 2});
  merge(left, right);
  const double sum = std::exp2(1) + std::exp2(5) + std::exp2(-3) + std::exp2(7) + std::exp2(2);
  EXPECT_NEAR(log_sum_exp(left), std::log(sum), 1e-12);
}

TEST(SoftmaxState, IsAssociative) {
  SoftmaxState<double> left = state_of({1, 5});
  merge(left, state_of({9}));
  merge(left, state_of({-2, 4}));
  SoftmaxState<double> tail = state_of({9});
  merge(tail, state_of({-2, 4}));
  SoftmaxState<double> right = state_of({1, 5});
  merge(right, tail);
  EXPECT_NEAR(log_sum_exp(left), log_sum_exp(right), 1e-12);
}

TEST(SoftmaxState, OfNoKeysIsMinusInfinity) {
  EXPECT_EQ(log_sum_exp(SoftmaxState<double>()), kNone);
}

}  // namespace
}  // namespace heddle::attention
