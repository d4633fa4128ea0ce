#include "attention/selectors/block_summaries.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::attention {
namespace {

constexpr int kHeads = 2;
constexpr int kDim = 5;
constexpr std::int64_t kSlots = 37;
constexpr std::int64_t kBlock = 4;
constexpr SummarySpec kSpec{kHeads, kDim, kSlots, kBlock};

/// Every key that was added, and the definition: the scalar mean, in double.
class SummaryTest : public testing::Test {
 protected:
  void fill(std::int64_t slot) {
    summaries_.clear(slot);
    for (int head = 0; head < kHeads; ++head) {
      std::vector<double>& mean = means_[static_cast<std::size_t>(head * kSlots + slot)];
      mean.assign(kDim, 0);
      for (std::int64_t key = 0; key < kBlock; ++key) {
        float values[kDim];
        for (float& value : values) value = uniform_(random_);
        summaries_.add(head, slot, values);
        for (int i = 0; i < kDim; ++i) mean[i] += static_cast<double>(values[i]) / kBlock;
      }
    }
  }

  void expect_scores_of_means() {
    std::vector<float> scores(BlockSummaries::score_room(kSpec));
    for (int head = 0; head < kHeads; ++head) {
      float query[kDim];
      for (float& value : query) value = uniform_(random_);
      summaries_.score(head, query, scores);
      for (std::int64_t slot = 0; slot < kSlots; ++slot) {
        double expected = 0;
        const auto& mean = means_[static_cast<std::size_t>(head * kSlots + slot)];
        for (int i = 0; i < kDim; ++i) expected += query[i] * mean[i];
        EXPECT_NEAR(scores[static_cast<std::size_t>(slot)], expected, 1e-6);
      }
    }
  }

  std::mt19937 random_{5};
  std::uniform_real_distribution<float> uniform_{-1, 1};
  BlockSummaries summaries_{kSpec};
  std::vector<std::vector<double>> means_{kHeads * kSlots};
};

TEST_F(SummaryTest, ScoresAreThoseOfTheMeanKeys) {
  for (std::int64_t slot = 0; slot < kSlots; ++slot) fill(slot);
  expect_scores_of_means();
}

TEST_F(SummaryTest, ASlotCanBeTakenAgainWithoutTouchingItsNeighbours) {
  for (std::int64_t slot = 0; slot < kSlots; ++slot) fill(slot);
  for (const std::int64_t slot : {0, 15, 16, 36}) fill(slot);
  expect_scores_of_means();
}

TEST_F(SummaryTest, HoldsTheBytesItPromises) {
  EXPECT_EQ(BlockSummaries::bytes(kSpec), kHeads * 3u * kDim * 16 * 4);
  std::vector<float> scores(kSlots);
  const float query[kDim] = {};
  EXPECT_THROW(summaries_.score(0, query, scores), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
