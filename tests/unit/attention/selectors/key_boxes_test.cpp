#include "attention/selectors/key_boxes.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::attention {
namespace {

constexpr SummarySpec kSpec{.heads = 2, .dim = 5, .slots = 19, .block = 4};

TEST(KeyBoxes, BoundIsTheSumOfTheBestCornersAndNoKeyIsAboveIt) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  KeyBoxes boxes(kSpec);
  std::vector<std::array<float, 5>> keys;  // (heads, slots, block)
  for (int head = 0; head < kSpec.heads; ++head) {
    for (std::int64_t slot = 0; slot < kSpec.slots; ++slot) {
      if (head == 0) boxes.clear(slot);
      for (std::int64_t key = 0; key < kSpec.block; ++key) {
        for (float& x : keys.emplace_back()) x = normal(random);
        boxes.add(head, slot, keys.back().data());
      }
    }
  }
  std::array<float, 5> query{};
  for (float& x : query) x = normal(random);
  std::vector<float> scores(BlockSummaries::score_room(kSpec));
  for (int head = 0; head < kSpec.heads; ++head) {
    boxes.score(head, query.data(), scores);
    for (std::int64_t slot = 0; slot < kSpec.slots; ++slot) {
      const auto* block = &keys[static_cast<std::size_t>((head * kSpec.slots + slot) * 4)];
      double bound = 0;
      for (std::size_t i = 0; i < 5; ++i) {
        double best = -1e30;
        for (int key = 0; key < 4; ++key) best = std::max(best, double{query[i]} * block[key][i]);
        bound += best;
      }
      EXPECT_NEAR(scores[static_cast<std::size_t>(slot)], bound, 1e-5);
      for (int key = 0; key < 4; ++key) {
        double product = 0;
        for (std::size_t i = 0; i < 5; ++i) product += double{query[i]} * block[key][i];
        EXPECT_LE(product, scores[static_cast<std::size_t>(slot)] + 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace heddle::attention
