#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "tests/unit/attention/model/genes_memory_small.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

namespace heddle::attention {
namespace {

constexpr std::int64_t kSegment = 1536;
constexpr std::int64_t kHalo = 192;
constexpr std::int64_t kCore = kSegment - 2 * kHalo;
constexpr std::int64_t kPatch = 6;
constexpr const char* kFile = HEDDLE_TEST_DATA "/genes-memory-small.safetensors";

using Logits = std::vector<float>;

class MemoryModel : public ::testing::Test {
 protected:
  MemoryModel()
      : model_(Model::load(kFile, backend())),
        work_(model_.make_workspace("forward")),
        memory_(model_.make_memory("forward")) {
    std::mt19937 random(5);
    for (std::uint8_t& base : bases_) base = static_cast<std::uint8_t>(random() % 4);
  }

  /// Segment `number` of the sequence, on the model's grid.
  Logits run(int number, bool read_past = true) {
    const std::int64_t begin = number * kCore - kHalo;
    auto* to = work_.input("bases").as<std::uint8_t>();
    for (std::int64_t i = 0; i < kSegment; ++i) {
      const std::int64_t at = begin + i;
      const bool inside = at >= 0 && at < static_cast<std::int64_t>(bases_.size());
      to[i] = inside ? bases_[static_cast<std::size_t>(at)] : 4;
    }
    model_.run(work_,
               &memory_,
               {.first = begin / kPatch,
                .core_begin = kHalo / kPatch,
                .core_end = (kHalo + kCore) / kPatch,
                .read_past = read_past});
    const TensorView logits = work_.output("logits");
    return {logits.as<float>(), logits.as<float>() + logits.size()};
  }

  Model model_;
  Workspace work_;
  MemorySet memory_;
  std::vector<std::uint8_t> bases_ = std::vector<std::uint8_t>(8 * kCore);
};

TEST(GenesMemorySmall, TheCommittedFileIsWhatTheGeneratorMakes) {
  const std::string made = genes_memory_small_bytes();
  if (std::getenv("HEDDLE_REBASE")) std::ofstream(kFile, std::ios::binary) << made;
  std::ifstream file(kFile, std::ios::binary);
  const std::string committed(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(committed.size(), made.size()) << "HEDDLE_REBASE=1 writes it anew";
  EXPECT_TRUE(committed == made) << "HEDDLE_REBASE=1 writes it anew";
}

TEST_F(MemoryModel, MemoryOnAndOffDiffer) {
  run(0);
  const Logits on = run(1);
  memory_.reset();
  run(0);
  EXPECT_NE(run(1, false), on);
}

TEST_F(MemoryModel, WhatLiesFarBackReachesALaterSegment) {
  for (int i = 0; i < 7; ++i) run(i);
  const Logits as_it_was = run(7);
  memory_.reset();
  for (std::size_t i = 0; i < 90; ++i) bases_[i] ^= 1;  // in the sink block, six segments back
  for (int i = 0; i < 7; ++i) run(i);
  EXPECT_NE(run(7), as_it_was);
}

TEST_F(MemoryModel, ResetForgetsEverything) {
  const Logits fresh = run(0);
  run(1);
  memory_.reset();
  EXPECT_EQ(memory_.length(), 0);
  EXPECT_EQ(run(0), fresh);
}

TEST_F(MemoryModel, ASavedMemoryGoesOnBitForBit) {
  for (int i = 0; i < 4; ++i) run(i);
  std::stringstream saved;
  memory_.save(saved);
  const Logits fourth = run(4);
  const Logits fifth = run(5);
  memory_ = model_.make_memory("forward");
  memory_.restore(saved);
  EXPECT_EQ(memory_.length(), 4 * kCore / kPatch);
  EXPECT_EQ(run(4), fourth);
  EXPECT_EQ(run(5), fifth);
}

TEST_F(MemoryModel, RefusesDamagedOrForeignMemory) {
  run(0);
  std::ostringstream saved;
  memory_.save(saved);
  std::string bytes = saved.str();
  std::istringstream cut(bytes.substr(0, bytes.size() - 1));
  EXPECT_THROW(memory_.restore(cut), std::runtime_error);
  EXPECT_EQ(memory_.length(), 0);
  bytes[20] ^= 1;  // in the model's hash
  std::istringstream foreign(bytes);
  EXPECT_THAT([&] { memory_.restore(foreign); },
              ::testing::ThrowsMessage<std::runtime_error>(
                  ::testing::HasSubstr("resume with the same model file")));
}

TEST_F(MemoryModel, RefusesASegmentOutOfOrder) {
  run(0);
  EXPECT_THAT([&] { run(2); },
              ::testing::ThrowsMessage<std::invalid_argument>(
                  ::testing::HasSubstr("core begins at position 384, its memory holds 192")));
  EXPECT_THROW(model_.run(work_), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
