// Tiles whose weights are exactly zero are left out: what is not read cannot spoil a result, so
// their values are no numbers here.

#include "attention/backend/cpu/normalised_attention.h"
#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 256;
constexpr std::int64_t kDim = 16;
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

struct Case {
  Tensor queries{DType::kF32, {1, kTokens, kDim}};
  Tensor keys{DType::kF32, {1, kTokens, kDim}};
  Tensor values{DType::kF32, {1, kTokens, kDim}};
  Tensor out{DType::kF32, {1, kTokens, kDim}};
  Tensor out_gradient{DType::kF32, {1, kTokens, kDim}};
  Tensor dq{DType::kF32, {1, kTokens, kDim}};
  Tensor dk{DType::kF32, {1, kTokens, kDim}};
  Tensor dv{DType::kF32, {1, kTokens, kDim}};
  Tensor spans{DType::kF32, {1}};
  BlockPlan planned{plan(parse_pattern("dense()"), {.queries = kTokens, .keys = kTokens})};
  TensorView query_view = queries.view();
  KeySegment segment{keys.view(), values.view()};
  NormalisedArgs args;

  Case() {
    for (std::int64_t i = 0; i < kTokens * kDim; ++i) {
      queries.view().as<float>()[i] = 1;
      out_gradient.view().as<float>()[i] = static_cast<float>(i % 7) - 3;
    }
    args.call = {.plan = &planned,
                 .queries = {&query_view, 1},
                 .segments = {&segment, 1},
                 .scale = 1,
                 .out = out.view()};
  }

  void run() const {
    cpu::normalised_attention(args);
    const KeySegmentGradient gradients = {dk.view(), dv.view()};
    const TensorView query_gradients[] = {dq.view()};
    cpu::normalised_attention_gradient({.forward = args,
                                        .out_gradient = out_gradient.view(),
                                        .query_gradients = query_gradients,
                                        .segment_gradients = {&gradients, 1}});
  }
};

bool finite(const TensorView& view) {
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (!std::isfinite(view.as<float>()[i])) return false;
  }
  return true;
}

TEST(ZeroTiles, OfSparsemaxAreSkippedForwardAndBackward) {
  Case some;
  some.args.normaliser = {2};
  for (std::int64_t key = 0; key < kTokens; ++key) {
    const bool wanted = key < 64;
    for (std::int64_t c = 0; c < kDim; ++c) {
      some.keys.view().as<float>()[key * kDim + c] =
          wanted ? 1 + 0.001f * static_cast<float>(key) : -1;
      some.values.view().as<float>()[key * kDim + c] = wanted ? static_cast<float>(key) : kNone;
    }
  }
  some.run();
  EXPECT_TRUE(finite(some.out.view()));
  EXPECT_TRUE(finite(some.dq.view()));
  EXPECT_TRUE(finite(some.dk.view()));
  EXPECT_TRUE(finite(some.dv.view()));
  EXPECT_GT(some.out.view().as<float>()[0], 32);  // the last keys of the block win
}

TEST(ZeroTiles, BeyondTheSpanOfASoftmaxAreNotEvenScored) {
  Case some;
  some.spans.view().as<float>()[0] = 10;
  some.args.spans = some.spans.view();
  some.args.ramp = 20;
  for (std::int64_t key = 0; key < kTokens; ++key) {
    for (std::int64_t c = 0; c < kDim; ++c) {
      some.keys.view().as<float>()[key * kDim + c] = key >= 192 ? kNone : 0.5f;
      some.values.view().as<float>()[key * kDim + c] = key >= 192 ? kNone : 2;
    }
  }
  cpu::normalised_attention(some.args);
  for (std::int64_t i = 0; i < 128 * kDim; ++i) {  // a whole block of keys before the first NaN
    ASSERT_NEAR(some.out.view().as<float>()[i], 2, 1e-6) << i / kDim;
  }
}

}  // namespace
}  // namespace heddle::attention
