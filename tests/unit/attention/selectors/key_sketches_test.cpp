#include "attention/selectors/block_index.h"
#include "attention/selectors/sketch_sums.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace heddle::attention {
namespace {

class Sketches : public testing::Test {
 protected:
  std::vector<float> unit_vector(int dim) {
    std::vector<float> x(static_cast<std::size_t>(dim));
    float square = 0;
    for (float& one : x) {
      one = normal_(random_);
      square += one * one;
    }
    for (float& one : x) one /= std::sqrt(square);
    return x;
  }
  /// Fills every slot with random unit keys; `planted` is key 3 of slot `at`.
  void fill(BlockIndex& index,
            const SummarySpec& spec,
            std::int64_t at,
            const std::vector<float>& planted) {
    for (std::int64_t slot = 0; slot < spec.slots; ++slot) {
      std::vector<float> block;
      index.clear(slot);
      for (std::int64_t key = 0; key < spec.block; ++key) {
        const std::vector<float> x = slot == at && key == 3 ? planted : unit_vector(spec.dim);
        index.add(0, slot, x.data());
        block.insert(block.end(), x.begin(), x.end());
      }
      index.close(0, slot, block.data());
    }
  }
  std::mt19937 random_{11};
  std::normal_distribution<float> normal_;
};

TEST_F(Sketches, SumsAreThoseOfTheBitsOneByOne) {
  constexpr std::int64_t kWords = 3;
  constexpr std::int64_t kKeys = 16;
  std::vector<std::int64_t> codes(kWords * kKeys);
  std::vector<std::uint64_t> planes(kPlanes * kWords);
  std::mt19937_64 bits(4);
  for (auto& code : codes) code = std::bit_cast<std::int64_t>(bits());
  for (auto& plane : planes) plane = bits();
  std::vector<std::int64_t> sums(kKeys);
  sketch_sums({codes.data(), planes.data(), kWords, kKeys}, sums.data());
  for (std::int64_t key = 0; key < kKeys; ++key) {
    std::int64_t expected = 0;
    for (std::int64_t i = 0; i < 64 * kWords; ++i) {
      const auto code = static_cast<std::uint64_t>(codes[i / 64 * kKeys + key]);
      if ((code >> i % 64 & 1) == 0) continue;
      for (int plane = 0; plane < kPlanes; ++plane) {
        const std::int64_t weight = plane == kPlanes - 1 ? -(1 << plane) : 1 << plane;
        expected +=
            weight * static_cast<std::int64_t>(planes[plane * kWords + i / 64] >> i % 64 & 1);
      }
    }
    EXPECT_EQ(sums[static_cast<std::size_t>(key)], expected);
  }
}

TEST_F(Sketches, OneKeyAmongSixtyFourIsFoundWhereItsMeanAndItsBoxAreDrowned) {
  const SummarySpec spec{.heads = 1, .dim = 64, .slots = 3000, .block = 64};
  const std::vector<float> planted = unit_vector(spec.dim);
  const auto rank = [&](SummaryKind kind) {
    BlockIndex index(kind, spec);
    random_.seed(5);
    fill(index, spec, 1234, planted);
    BlockIndex::Scratch scratch(spec);
    index.score(0, planted.data(), spec.slots, scratch);
    int better = 0;
    for (std::int64_t slot = 0; slot < spec.slots; ++slot) {
      better += scratch.scores[static_cast<std::size_t>(slot)] > scratch.scores[1234];
    }
    return better;
  };
  EXPECT_EQ(rank(SummaryKind::kSketch), 0);
  EXPECT_GT(rank(SummaryKind::kMean), 8);
  EXPECT_GT(rank(SummaryKind::kBox), 8);
}

TEST_F(Sketches, AScoreIsTheBestProductWithinTheNoiseOfItsBits) {
  for (const int dim : {16, 64, 100}) {
    const SummarySpec spec{.heads = 1, .dim = dim, .slots = 50, .block = 9};
    BlockIndex index(SummaryKind::kSketch, spec);
    const std::vector<float> planted = unit_vector(dim);
    fill(index, spec, 17, planted);
    BlockIndex::Scratch scratch(spec);
    index.score(0, planted.data(), spec.slots, scratch);
    EXPECT_NEAR(scratch.scores[17], 1, 0.3) << dim;
    EXPECT_EQ(std::ranges::max_element(scratch.scores.begin(), scratch.scores.begin() + 50) -
                  scratch.scores.begin(),
              17)
        << dim;
  }
}

TEST_F(Sketches, ABlockOfEqualKeysScoresAsItsMean) {
  const SummarySpec spec{.heads = 1, .dim = 8, .slots = 1, .block = 4};
  BlockIndex index(SummaryKind::kSketch, spec);
  const std::vector<float> key = unit_vector(8);
  std::vector<float> block;
  index.clear(0);
  for (int i = 0; i < 4; ++i) {
    index.add(0, 0, key.data());
    block.insert(block.end(), key.begin(), key.end());
  }
  index.close(0, 0, block.data());
  BlockIndex::Scratch scratch(spec);
  index.score(0, key.data(), 1, scratch);
  EXPECT_NEAR(scratch.scores[0], 1, 1e-5);
}

TEST_F(Sketches, CostTheirBytes) {
  const SummarySpec spec{.heads = 2, .dim = 64, .slots = 10, .block = 64};
  EXPECT_EQ(KeySketches::bytes(spec), 2u * 10 * 64 * (16 + 2));
}

}  // namespace
}  // namespace heddle::attention
