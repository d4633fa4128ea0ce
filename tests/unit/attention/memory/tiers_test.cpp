// What each tier exposes, block by block.
#include "attention/memory/held_rows.h"
#include "attention/memory/rolling_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

using Tier = RollingMemory::Tier;

constexpr std::int64_t kBlock = 4;

/// A memory whose keys and values say their position.
class Positions {
 public:
  explicit Positions(MemorySpec spec) : memory_(spec) {}

  void append(std::int64_t count) {
    Tensor rows(DType::kF32, {1, count, 1});
    for (std::int64_t i = 0; i < count; ++i) {
      rows.view().as<float>()[i] = static_cast<float>(memory_.length() + i);
    }
    memory_.append(rows.view(), rows.view());
  }

  /// Blocks of a tier in the order of its segments; keys and values must agree.
  std::vector<int> blocks(Tier tier) const {
    std::vector<int> found;
    for (const KeySegment& segment : memory_.segments(tier)) {
      for (std::int64_t row = 0; row < segment.keys.shape[1]; ++row) {
        const float position = segment.keys.as<float>()[row];
        EXPECT_EQ(segment.values.as<float>()[row], position);
        if (row % kBlock == 0) {
          found.push_back(static_cast<int>(position) / kBlock);
          EXPECT_EQ(static_cast<int>(position) % kBlock, 0);
        }
        EXPECT_EQ(position, found.back() * kBlock + row % kBlock);
      }
    }
    return found;
  }
  const RollingMemory& memory() const { return memory_; }

 private:
  RollingMemory memory_;
};

MemorySpec tracking_spec() {
  return {.key_dim = 1,
          .value_dim = 1,
          .block = kBlock,
          .sink_blocks = 1,
          .ring_blocks = 3,
          .long_blocks = 3,
          .admission = Admission::kEveryNth,
          .every_nth = 5};
}

TEST(HeldRows, AreThoseOfAllMemoriesByTierAsLongAsTheyLive) {
  const TierRows before = held_rows();
  {
    Positions memory(tracking_spec());
    memory.append(30);  // seven blocks and a half
    TierRows now = held_rows();
    EXPECT_EQ(now.sinks - before.sinks, kBlock);
    EXPECT_EQ(now.ring - before.ring, 2 * kBlock + 2);
    EXPECT_EQ(now.far - before.far, kBlock);  // the fifth
    Positions another(tracking_spec());
    another.append(2);
    now = held_rows();
    EXPECT_EQ(now.sinks - before.sinks, kBlock + 2);
    RollingMemory compressed({.key_dim = 1,
                              .value_dim = 1,
                              .block = kBlock,
                              .ring_blocks = 2,
                              .compressed = {.blocks = 3, .ratio = 2}});
    const Tensor rows(DType::kF32, {1, 3 * kBlock, 1});
    compressed.append(rows.view(), rows.view());
    EXPECT_EQ(held_rows().compressed - before.compressed, 3 * kBlock / 2);
    compressed.reset();
    EXPECT_EQ(held_rows().compressed, before.compressed);
  }
  EXPECT_EQ(held_rows().ring, before.ring);
  EXPECT_EQ(held_rows().far, before.far);
}

TEST(EveryNthAdmission, ShowsTheFirstTheLastThreeAndEveryFifthFrame) {
  Positions memory(tracking_spec());
  memory.append(kBlock);
  EXPECT_THAT(memory.blocks(Tier::kSinks), ElementsAre(0));
  EXPECT_THAT(memory.blocks(Tier::kRing), IsEmpty());  // the first frame speaks for itself
  EXPECT_THAT(memory.blocks(Tier::kLong), IsEmpty());
  for (int frame = 1; frame <= 5; ++frame) memory.append(kBlock);
  EXPECT_THAT(memory.blocks(Tier::kRing), ElementsAre(3, 4, 5));
  EXPECT_THAT(memory.blocks(Tier::kLong), ElementsAre(5));  // at once, and in the ring too
  for (int frame = 6; frame <= 22; ++frame) memory.append(kBlock);
  EXPECT_THAT(memory.blocks(Tier::kSinks), ElementsAre(0));
  EXPECT_THAT(memory.blocks(Tier::kRing), ElementsAre(20, 21, 22));
  EXPECT_THAT(memory.blocks(Tier::kLong), ElementsAre(10, 15, 20));
}

TEST(EveryNthAdmission, ShowsFilledBlocksOnly) {
  Positions memory(tracking_spec());
  memory.append(3 * kBlock + 1);
  EXPECT_THAT(memory.blocks(Tier::kRing), ElementsAre(1, 2));
  memory.append(2 * kBlock);
  EXPECT_THAT(memory.blocks(Tier::kRing), ElementsAre(3, 4));  // block 5 is being written
  memory.append(kBlock);
  EXPECT_THAT(memory.blocks(Tier::kLong), ElementsAre(5));
}

TEST(LeavingRingAdmission, MovesABlockWhenTheRingDropsIt) {
  MemorySpec spec = tracking_spec();
  spec.admission = Admission::kLeavingRing;
  spec.sink_blocks = 2;
  Positions memory(spec);
  for (int block = 0; block < 20; ++block) {
    memory.append(kBlock);
    std::vector<int> all = memory.blocks(Tier::kSinks);
    for (const Tier tier : {Tier::kLong, Tier::kRing}) {
      const std::vector<int> more = memory.blocks(tier);
      all.insert(all.end(), more.begin(), more.end());
    }
    std::vector<int> expected;  // the sinks, then the latest 3 + 3 of the others
    for (int b = 0; b <= block; ++b) {
      if (b < 2 || b > block - 6) expected.push_back(b);
    }
    EXPECT_THAT(all, ElementsAreArray(expected));
  }
  EXPECT_THAT(memory.blocks(Tier::kLong), ElementsAre(14, 15, 16));
}

TEST(Tiers, AnyCuttingOfTheStreamLeavesTheSameBlocks) {
  Positions whole(tracking_spec());
  Positions pieces(tracking_spec());
  whole.append(61 * kBlock);
  for (int i = 0; i < 61; ++i) {
    pieces.append(1);
    pieces.append(3);
  }
  for (const Tier tier : {Tier::kSinks, Tier::kRing, Tier::kLong}) {
    EXPECT_EQ(whole.blocks(tier), pieces.blocks(tier));
  }
}

TEST(Tiers, SinksAndLongTierMeetUnrotatedQueriesTheRingRotatedOnes) {
  MemorySpec spec = tracking_spec();
  spec.admission = Admission::kLeavingRing;
  Positions memory(spec);
  memory.append(9 * kBlock);
  EXPECT_EQ(memory.memory().segments(Tier::kSinks)[0].query_set, 1);
  EXPECT_EQ(memory.memory().segments(Tier::kRing)[0].query_set, 0);
  EXPECT_EQ(memory.memory().segments(Tier::kLong)[0].query_set, 1);
}

}  // namespace
}  // namespace heddle::attention
