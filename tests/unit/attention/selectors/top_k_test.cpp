#include "attention/selectors/top_k.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace heddle::attention {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(TopK, TiesGoToTheSmallerIndexAndZerosAreEqual) {
  TopK top(8);
  EXPECT_THAT(top.select(std::vector{1.0f, 2.0f, 2.0f, 2.0f, 0.0f}, 2), ElementsAre(1, 2));
  EXPECT_THAT(top.select(std::vector{-0.0f, 0.0f, -0.0f}, 2), ElementsAre(0, 1));
}

TEST(TopK, NaNRanksBelowMinusInfinity) {
  TopK top(8);
  EXPECT_THAT(top.select(std::vector{kNaN, -kInf, kNaN, kInf}, 2), ElementsAre(1, 3));
  EXPECT_THAT(top.select(std::vector{kNaN, -kNaN, kNaN}, 2), ElementsAre(0, 1));
}

TEST(TopK, AskingForAllOrNoneGivesAllOrNone) {
  TopK top(3);
  EXPECT_THAT(top.select(std::vector{3.0f, 1.0f, 2.0f}, 9), ElementsAre(0, 1, 2));
  EXPECT_TRUE(top.select(std::vector{3.0f, 1.0f, 2.0f}, 0).empty());
  EXPECT_THROW(top.select(std::vector{1.0f, 2.0f, 3.0f, 4.0f}, 1), std::invalid_argument);
}

class RandomScores : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomScores, AreSelectedAsBySorting) {
  std::mt19937 random(GetParam());
  TopK top(500);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> scores(1 + random() % 500);
    for (float& score : scores) {
      const auto draw = random() % 40;  // few values: many ties
      score = draw == 0 ? kNaN : draw == 1 ? -kInf : static_cast<float>(draw) - 20.5f;
    }
    const std::size_t k = random() % (scores.size() + 2);
    ASSERT_THAT(top.select(scores, k), ElementsAreArray(top_k_by_sorting(scores, k)));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomScores, testing::Range(1u, 5u));

}  // namespace
}  // namespace heddle::attention
