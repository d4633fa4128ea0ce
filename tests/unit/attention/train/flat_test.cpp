#include "attention/train/flat.h"

#include "attention/train/seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace heddle::attention::train {
namespace {

std::vector<float> numbers(std::size_t count) {
  std::vector<float> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    made[i] = static_cast<float>(seed_of({3, i}) >> 40) * 0x1p-24f;
  }
  return made;
}

TEST(Flat, TheNormIsTheSameForAnyThreads) {
  const std::vector<float> values = numbers(100003);
  std::vector<double> norms;
  for (const std::size_t threads : {1, 2, 3}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    norms.push_back(norm_of(values));
  }
  EXPECT_THAT(norms, testing::Each(norms[0]));
  EXPECT_NEAR(norms[0], std::sqrt(100003 / 3.0), 1) << "of even numbers from 0 to 1";
}

TEST(Flat, ANormWithSomethingThatIsNoNumberIsNone) {
  std::vector<float> values = numbers(100);
  values[70] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(std::isfinite(norm_of(values)));
}

TEST(Flat, AnAverageMovesByWhatItDoesNotKeep) {
  std::vector<float> average = {4, 8};
  move_average(std::vector<float>{0, 4}, 0.75, average);
  EXPECT_THAT(average, testing::ElementsAre(3, 7));
}

TEST(Flat, TheAverageOfWhatStaysIsThatToTheBit) {
  std::vector<float> values(100);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.1f + 0.013f * static_cast<float>(i);
  std::vector<float> average = values;
  move_average(values, 0.9, average);
  EXPECT_EQ(average, values);
}

TEST(Flat, BFloat16KeepsEightBits) {
  std::vector<float> rounded(2);
  round_to_bfloat16(std::vector<float>{1.0f + 1.0f / 512, 1.0f + 3.0f / 512}, rounded);
  EXPECT_THAT(rounded, testing::ElementsAre(1.0f, 1.0f + 1.0f / 128));
}

TEST(Seeds, OrderAndEveryNumberCount) {
  const std::set<std::uint64_t> seeds = {seed_of({1, 2, 3}),
                                         seed_of({1, 3, 2}),
                                         seed_of({1, 2}),
                                         seed_of({1, 2, 4}),
                                         seed_of({2, 2, 3})};
  EXPECT_EQ(seeds.size(), 5u);
}

}  // namespace
}  // namespace heddle::attention::train
