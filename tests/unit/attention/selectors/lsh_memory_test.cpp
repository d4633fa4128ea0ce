#include "attention/selectors/lsh_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace heddle::attention {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

TEST(LshMemory, GivesTheLatestTokensOfAKeyFirstAndNoMoreThanTopK) {
  LshMemory memory({.capacity = 100, .top_k = 2});
  for (const std::uint32_t key : {7u, 9u, 7u, 7u}) memory.append(key);
  EXPECT_THAT(memory.recall(7), ElementsAre(3, 2));
  EXPECT_THAT(memory.recall(9), ElementsAre(1));
  EXPECT_TRUE(memory.recall(8).empty());
}

TEST(LshMemory, SilentTokensTakeANumberAndAreNeverRecalled) {
  LshMemory memory({.capacity = 100});
  memory.append_silent();
  memory.append(0);
  EXPECT_THAT(memory.recall(0), ElementsAre(1));
}

TEST(LshMemory, ForgetsEverythingOnReset) {
  LshMemory memory({.capacity = 100});
  memory.append(5);
  memory.reset();
  EXPECT_TRUE(memory.recall(5).empty());
  memory.append(5);
  EXPECT_THAT(memory.recall(5), ElementsAre(0));
}

TEST(LshMemory, RefusesASpecOutOfBounds) {
  EXPECT_THROW(LshMemory({.capacity = 0}), std::invalid_argument);
  EXPECT_THROW(LshMemory({.capacity = 8, .top_k = 0}), std::invalid_argument);
}

// The slow twin: every token held, from the latest back.
class RollingAgainstTwin : public testing::TestWithParam<std::int64_t> {};

TEST_P(RollingAgainstTwin, RecallsWhatASearchOfTheLatestTokensFinds) {
  const std::int64_t capacity = GetParam();
  LshMemory memory({.capacity = capacity, .top_k = 8, .most_steps = 1 << 20});
  std::vector<std::int64_t> keys;  // -1: silent
  std::mt19937 random(3);
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t asked = random() % 3000;
    std::vector<std::int64_t> expected;
    const auto length = static_cast<std::int64_t>(keys.size());
    for (std::int64_t i = length - 1; i >= 0 && i >= length - capacity; --i) {
      if (keys[static_cast<std::size_t>(i)] == asked && expected.size() < 8) expected.push_back(i);
    }
    const std::array<std::uint32_t, 3> warmed{asked, asked + 1, 0};
    if (step % 3 == 0) memory.warm(warmed);  // changes no answer
    ASSERT_THAT(memory.recall(asked), ElementsAreArray(expected)) << step;
    const std::uint32_t key = random() % 3000;
    if (random() % 10 == 0) {
      memory.append_silent();
      keys.push_back(-1);
    } else {
      memory.append(key);
      keys.push_back(key);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Capacities,
                         RollingAgainstTwin,
                         testing::Values(1, 37, 4096, 5000, 100000));

}  // namespace
}  // namespace heddle::attention
