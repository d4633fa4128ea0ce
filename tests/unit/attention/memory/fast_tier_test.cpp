// Which block makes room, by each policy.
#include "attention/memory/fast_tier.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

FastTier three_slots(Eviction eviction) {
  const MemorySpec spec{.key_dim = 1,
                        .value_dim = 1,
                        .long_blocks = 3,
                        .external = {.blocks = 10, .eviction = eviction}};
  return {spec, 20};
}

void bring(FastTier& tier, std::initializer_list<std::int64_t> entries) {
  tier.start_round();
  for (const std::int64_t entry : entries) {
    if (!tier.keep(entry)) tier.make_room(entry);
  }
}

TEST(FastTier, FifoLetsGoOfTheOneThatCameFirst) {
  FastTier tier = three_slots(Eviction::kFifo);
  for (const std::int64_t entry : {7, 8, 9, 7}) bring(tier, {entry});
  bring(tier, {4});
  EXPECT_EQ(tier.slot_of(7), -1);
  EXPECT_GE(tier.slot_of(8), 0);
}

TEST(FastTier, LruLetsGoOfTheOneThatWasChosenLongestAgo) {
  FastTier tier = three_slots(Eviction::kLru);
  for (const std::int64_t entry : {7, 8, 9, 7}) bring(tier, {entry});
  bring(tier, {4});
  EXPECT_EQ(tier.slot_of(8), -1);
  EXPECT_GE(tier.slot_of(7), 0);
}

TEST(FastTier, MassLetsGoOfTheOneWithTheLeastAttention) {
  FastTier tier = three_slots(Eviction::kMass);
  for (const std::int64_t entry : {7, 8, 9}) bring(tier, {entry});
  tier.add_mass(7, 0.5f);
  tier.add_mass(8, 0.6f);
  tier.add_mass(9, 0.1f);
  bring(tier, {4});
  EXPECT_EQ(tier.slot_of(9), -1);
}

TEST(FastTier, WhatARoundWantsStaysUntilTheNext) {
  FastTier tier = three_slots(Eviction::kFifo);
  bring(tier, {1, 2, 3});
  tier.start_round();
  EXPECT_TRUE(tier.keep(1));
  EXPECT_TRUE(tier.keep(3));
  tier.make_room(5);
  EXPECT_EQ(tier.slot_of(2), -1);
  EXPECT_THROW(tier.make_room(6), std::logic_error);
}

TEST(FastTier, AForgottenEntryIsNotAtHand) {
  FastTier tier = three_slots(Eviction::kLru);
  bring(tier, {1, 2});
  tier.forget(1);
  EXPECT_FALSE(tier.keep(1));
  tier.clear();
  EXPECT_FALSE(tier.keep(2));
}

}  // namespace
}  // namespace heddle::attention
