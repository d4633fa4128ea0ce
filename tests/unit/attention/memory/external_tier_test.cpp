// The external tier: what comes back, from where, and what happens when it cannot.
#include "attention/memory/external_tier.h"

#include "tests/unit/attention/memory/memory_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <limits>

namespace heddle::attention {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

MemorySpec spec_of(ColdStorage storage) {
  return {.kv_heads = 2,
          .key_dim = 6,
          .value_dim = 3,
          .block = 8,
          .long_blocks = 2,
          .top_k = 1,
          .external = {.blocks = 9, .storage = storage, .heap_blocks = 4}};
}

/// Block `number` of a made stream.
float element(std::int64_t number, int head, std::int64_t i) {
  return std::sin(static_cast<float>(number * 1000 + head * 100 + i)) *
         static_cast<float>(number + 1);
}

void fill(const BlockStore& store, std::int64_t number) {
  for (int head = 0; head < 2; ++head) {
    for (const TensorView& rows : {store.keys(), store.values()}) {
      float* x = rows.at(0, head).as<float>();
      for (std::int64_t i = 0; i < rows.at(0, head).size(); ++i) x[i] = element(number, head, i);
    }
  }
}

double largest_error(const BlockStore& got, std::int64_t number) {
  double largest = 0;
  for (int head = 0; head < 2; ++head) {
    for (const TensorView& rows : {got.keys(), got.values()}) {
      const float* x = rows.at(0, head).as<float>();
      for (std::int64_t i = 0; i < rows.at(0, head).size(); ++i) {
        largest = std::max(largest, std::abs(double{x[i]} - element(number, head, i)));
      }
    }
  }
  return largest;
}

class External : public testing::TestWithParam<ColdStorage> {
 protected:
  MemorySpec spec_ = spec_of(GetParam());
  BlockStore block_{spec_, 1};
};

TEST_P(External, EveryBlockComesBackFromMemoryAndFromTheFileWithinItsRounding) {
  constexpr std::int64_t kSlots = 12;
  ExternalTier tier(spec_, kSlots);
  for (std::int64_t slot = 0; slot < kSlots; ++slot) {
    fill(block_, slot);
    tier.put(slot, block_);
  }
  const std::vector<std::int64_t> some{1, 5, 11};
  tier.prefetch(std::span(some).first(2));
  tier.wait();
  for (std::int64_t slot = 0; slot < kSlots; ++slot) {
    tier.get(slot, block_, 0);
    const double unit = GetParam() == ColdStorage::kInt8 ? 0.5 / 127 : 1.0 / 256;
    EXPECT_LE(largest_error(block_, slot), unit * static_cast<double>(slot + 1)) << slot;
  }
}

TEST_P(External, ADamagedBlockIsAnErrorAndItsNeighboursAreNot) {
  ExternalTier tier(spec_, 12);
  for (std::int64_t slot = 0; slot < 12; ++slot) {
    fill(block_, slot);
    tier.put(slot, block_);
  }
  const TensorView file = tier.tensors()[1];
  const std::int64_t slot_bytes = file.size() / 8;  // 12 slots, 4 of them in memory
  file.as<std::uint8_t>()[3 * slot_bytes + 20] ^= 4;
  EXPECT_NO_THROW(tier.get(6, block_, 0));
  EXPECT_THAT([&] { tier.get(7, block_, 0); },
              ThrowsMessage<std::runtime_error>(HasSubstr("block in slot 7 has checksum")));
  EXPECT_NO_THROW(tier.get(8, block_, 0));
}

TEST_P(External, NumbersThatAreNotFiniteStayVisible) {
  ExternalTier tier(spec_, 5);
  fill(block_, 0);
  block_.keys().as<float>()[3] = std::numeric_limits<float>::infinity();
  tier.put(4, block_);
  tier.get(4, block_, 0);
  EXPECT_FALSE(std::isfinite(block_.keys().as<float>()[3]));
  EXPECT_TRUE(std::isfinite(block_.keys().at(0, 1).as<float>()[3])) << "the other head";
}

INSTANTIATE_TEST_SUITE_P(EveryStorage,
                         External,
                         testing::Values(ColdStorage::kInt8, ColdStorage::kBF16),
                         [](const auto& tested) {
                           return tested.param == ColdStorage::kInt8 ? "int8" : "bf16";
                         });

TEST(ExternalFailure, AFolderThatIsNotThereIsNamed) {
  MemorySpec spec = spec_of(ColdStorage::kInt8);
  spec.external.folder = "/nonexistent";
  EXPECT_THAT([&] { RollingMemory{spec}; },
              ThrowsMessage<std::runtime_error>(HasSubstr("bytes in /nonexistent: No such file")));
}

TEST(ExternalFailure, ADiskWithoutRoomIsAnErrorAtOnceThatSaysHowMuchWasWanted) {
  MemorySpec spec = spec_of(ColdStorage::kInt8);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string wanted = "no room for " + std::to_string(spec.mapped_bytes()) + " bytes";
  EXPECT_THAT([&] { RollingMemory{spec}; }, ThrowsMessage<std::runtime_error>(HasSubstr(wanted)));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old);
}

TEST(ExternalFailure, ABudgetThatIsTooSmallNamesBothNumbers) {
  MemorySpec spec = spec_of(ColdStorage::kInt8);
  const std::size_t bytes = spec.bytes();
  spec.budget = bytes;
  EXPECT_NO_THROW(RollingMemory{spec});
  spec.budget = bytes - 1;
  EXPECT_THAT([&] { RollingMemory{spec}; },
              ThrowsMessage<std::invalid_argument>(HasSubstr("would hold " + std::to_string(bytes) +
                                                             " bytes, the budget is " +
                                                             std::to_string(bytes - 1))));
}

TEST(ExternalFailure, AFastTierTooSmallForOnePositionSaysWhatItNeeds) {
  MemoryCase memory_case{"narrow", spec_of(ColdStorage::kInt8), 8, "window(8,causal)", 200};
  const Stream stream(memory_case, 4);
  const Pattern near = parse_pattern(memory_case.near);
  EXPECT_THAT(
      [&] {
        run_in_chunks(memory_case, stream, {&backend(), &near}, 20);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("use long_blocks of at least 8")));
}

}  // namespace
}  // namespace heddle::attention
