#include "attention/model/arena_layout.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::attention {
namespace {

TEST(ArenaLayout, NeverLetsTwoLivingStoragesShareAByte) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes;
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < 20; ++i) {
      const int first = static_cast<int>(random() % 30);
      lifetimes.push_back({first, first + static_cast<int>(random() % 6)});
      sizes.push_back(static_cast<std::int64_t>(random() % 1000));
    }
    const ArenaLayout layout = lay_out(lifetimes, sizes);
    for (std::size_t a = 0; a < sizes.size(); ++a) {
      EXPECT_EQ(layout.offsets[a] % kArenaAlignment, 0);
      EXPECT_LE(layout.offsets[a] + sizes[a], layout.bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
        const bool apart = layout.offsets[a] + sizes[a] <= layout.offsets[b] ||
                           layout.offsets[b] + sizes[b] <= layout.offsets[a];
        EXPECT_TRUE(!together || apart);
      }
    }
  }
}

TEST(ArenaLayout, GivesTheSameBytesToAChainOfRegistersInTurns) {
  const std::vector<Lifetime> chain = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
  EXPECT_EQ(lay_out(chain, std::vector<std::int64_t>(4, 64)).bytes, 128);
}

}  // namespace
}  // namespace heddle::attention
