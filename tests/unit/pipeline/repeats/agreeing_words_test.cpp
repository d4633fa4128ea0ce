#include "pipeline/heads/repeats/agreeing_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heddle::pipeline {
namespace {

/// Words of which each bit is set with this chance in 16.
std::vector<std::uint64_t> random_words(std::size_t count, unsigned chance, std::mt19937& random) {
  std::vector<std::uint64_t> words(count);
  for (std::uint64_t& word : words) {
    for (int bit = 0; bit < 64; ++bit) word = word << 1 | (random() % 16 < chance ? 1u : 0u);
  }
  return words;
}

class AgreeingWords : public testing::TestWithParam<unsigned> {};

TEST_P(AgreeingWords, AreThoseThatWindowByWindowAgree) {
  std::mt19937 random(3);
  constexpr std::size_t kWords = 501;  // no whole number of vectors
  const auto same = random_words(kWords + 1 + kWordPadding, GetParam(), random);
  for (const bool close : {true, false}) {
    std::vector<std::uint32_t> expected, found;
    for (std::size_t word = 0; word < kWords; ++word) {
      if (word_agrees(same[word], same[word + 1], close)) {
        expected.push_back(static_cast<std::uint32_t>(word));
      }
    }
    agreeing_words(same.data(), kWords, close, found);
    EXPECT_THAT(found, testing::ElementsAreArray(expected));
  }
}

INSTANTIATE_TEST_SUITE_P(Chances, AgreeingWords, testing::Values(2u, 4u, 6u, 8u, 10u));

TEST(AgreeingWords, CompareEachBaseWithTheOneSoFarBefore) {
  std::mt19937 random(4);
  constexpr std::size_t kWords = 19, kBefore = 9;
  const std::size_t count = kBefore + kWords + kWordPadding;
  const auto low = random_words(count, 8, random), high = random_words(count, 8, random);
  const auto known = random_words(count, 15, random);
  const BasePlanes planes{low.data() + kBefore, high.data() + kBefore, known.data() + kBefore};
  const auto bit = [](const std::vector<std::uint64_t>& words, std::size_t place) {
    return words[place / 64] >> (place % 64) & 1;
  };
  for (const std::size_t distance : {1u, 63u, 64u, 65u, 130u, 500u}) {
    std::vector<std::uint64_t> same(kWords + 1 + kWordPadding);
    compare_words(planes, kWords, static_cast<int>(distance), same.data());
    for (std::size_t place = 0; place < kWords * 64; ++place) {
      const std::size_t here = place + kBefore * 64, there = here - distance;
      const bool equal = bit(low, here) == bit(low, there) && bit(high, here) == bit(high, there) &&
                         bit(known, here) == 1 && bit(known, there) == 1;
      ASSERT_EQ(bit(same, place + 64), equal ? 1u : 0u) << distance << ' ' << place;
    }
  }
}

}  // namespace
}  // namespace heddle::pipeline
