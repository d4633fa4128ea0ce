// The needle test in short; tests/bench/needle_bench runs it over 1 M and 10 M positions.
#include "tests/unit/attention/memory/needle_stream.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

constexpr std::int64_t kBlocks = 4096;  // 262,144 positions
constexpr std::int64_t kDistance = 200'000;

double found(const MemorySpec& spec) {
  RollingMemory memory(spec);
  NeedleStream stream(16, 9);
  stream.plant(memory);
  stream.go_on(memory, kDistance);
  return stream.found(memory, 1);
}

TEST(Needle, IsFoundBySketchesWithinTheByteBudget) {
  MemorySpec spec = needle_spec(SummaryKind::kSketch, kBlocks, 8);
  spec.budget = 8 << 20;  // the keys and values would be 84 MB
  EXPECT_EQ(found(spec), 1);
}

TEST(Needle, IsDrownedInMeansAndBoxes) {
  EXPECT_LT(found(needle_spec(SummaryKind::kMean, kBlocks, 8)), 0.5);
  EXPECT_LT(found(needle_spec(SummaryKind::kBox, kBlocks, 8)), 0.5);
}

TEST(Needle, IsLeftToChanceWithoutRetrieval) {
  EXPECT_LT(found(needle_spec(SummaryKind::kMean, 0, 0)), 0.3);
}

TEST(Needle, IsForgottenByATierThatHoldsFewerBlocks) {
  EXPECT_LT(found(needle_spec(SummaryKind::kSketch, kBlocks / 4, 8)), 0.3);
}

}  // namespace
}  // namespace heddle::attention
