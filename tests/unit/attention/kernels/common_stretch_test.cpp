// Tiles of which all queries attend the same stretch of keys, as column summaries are, need no
// mask; the results are those of the reference, and the bits those of any chunk of queries.

#include "attention/backend/cpu/attention.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 330;
constexpr std::int64_t kDim = 12;

Tensor random_rows(std::uint64_t seed) {
  Tensor made(DType::kF32, {1, kTokens, kDim});
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < kTokens * kDim; ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

/// Queries [first, first + count) of fixed column summaries: 6 keys of every 32, and the own 32.
Tensor run(void (*by)(const AttentionArgs&), std::int64_t first, std::int64_t count) {
  const Tensor q = random_rows(1);
  const Tensor k = random_rows(2);
  const Tensor v = random_rows(3);
  const BlockPlan planned = plan(parse_pattern("fixed(32,6,causal) & window(250)"),
                                 {.first_query = first, .queries = count, .keys = kTokens});
  const TensorView queries[] = {q.view().slice(1, first, count)};
  const KeySegment segments[] = {{k.view(), v.view()}};
  Tensor out(DType::kF32, {1, count, kDim});
  by({.plan = &planned,
      .queries = queries,
      .segments = segments,
      .scale = 0.5f,
      .out = out.view(),
      .log_sum_exp = {}});
  return out;
}

TEST(CommonStretch, GivesTheResultsOfTheReference) {
  const Tensor got = run(cpu::attention, 0, kTokens);
  const Tensor wanted = run(reference::attention, 0, kTokens);
  for (std::int64_t i = 0; i < kTokens * kDim; ++i) {
    ASSERT_NEAR(got.view().as<float>()[i], wanted.view().as<float>()[i], 1e-5) << i / kDim;
  }
}

TEST(CommonStretch, LeavesEveryQueryTheBitsItHasAlone) {
  const Tensor whole = run(cpu::attention, 0, kTokens);
  for (const std::int64_t q : {std::int64_t{0}, std::int64_t{31}, std::int64_t{200}, kTokens - 1}) {
    const Tensor alone = run(cpu::attention, q, 1);
    EXPECT_EQ(
        std::memcmp(alone.view().data, whole.view().at(0, 0).at(0, q).data, kDim * sizeof(float)),
        0)
        << q;
  }
}

}  // namespace
}  // namespace heddle::attention
