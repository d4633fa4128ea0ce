// Linear attention and the gated delta rule: the recurrent form is the parallel one, a stream's
// chunks are the whole, and gradients are slopes.

#include "attention/mechanisms/linear_attention.h"

#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

#include <cstring>

namespace heddle::attention {
namespace {

struct Case {
  std::mt19937_64 random{51};
  Tensor queries, keys, values, decay, rate, out, out_gradient;

  explicit Case(std::int64_t tokens)
      : queries(random_rows({2, tokens, 5}, random)),
        keys(random_rows({2, tokens, 5}, random)),
        values(random_rows({2, tokens, 3}, random)),
        decay(random_gates({2, tokens}, 0.8f, 1, random)),
        rate(random_gates({2, tokens}, 0, 1, random)),
        out(DType::kF32, {2, tokens, 3}),
        out_gradient(random_rows({2, tokens, 3}, random)) {
    // Keys of length 1, as the delta rule wants them.
    for (std::int64_t i = 0; i < 2 * tokens; ++i) {
      float* key = keys.view().as<float>() + i * 5;
      float squares = 0;
      for (int c = 0; c < 5; ++c) squares += key[c] * key[c];
      for (int c = 0; c < 5; ++c) key[c] /= std::sqrt(squares);
    }
  }

  LinearArgs linear(const TensorView& to) const {
    return {.queries = queries.view(), .keys = keys.view(), .values = values.view(), .out = to};
  }
  DeltaRuleArgs delta(const TensorView& to) const {
    return {.queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .decay = decay.view(),
            .rate = rate.view(),
            .out = to};
  }
};

TEST(LinearAttention, RecurrentIsParallel) {
  const Case some(150);
  const Tensor wanted = zeros_like(some.out);
  linear_attention(some.linear(some.out.view()));
  linear_attention_by_pairs(some.linear(wanted.view()));
  expect_near(some.out.view(), wanted.view(), 1e-5);
}

TEST(DeltaRule, RecurrentIsParallel) {
  const Case some(150);
  const Tensor wanted = zeros_like(some.out);
  delta_rule(some.delta(some.out.view()));
  delta_rule_by_pairs(some.delta(wanted.view()));
  expect_near(some.out.view(), wanted.view(), 1e-5);
}

/// Gates are contiguous (heads, tokens): chunks are made for one head.
TEST(LinearAttention, ChunksWithAStateGiveTheBitsOfTheWhole) {
  const Case some(100);
  linear_attention(some.linear(some.out.view()));
  const Tensor state(DType::kF32, {2, 5, 4});
  const Tensor part(DType::kF32, {2, 25, 3});
  for (std::int64_t first = 0; first < 100; first += 25) {
    linear_attention({.queries = some.queries.view().slice(1, first, 25),
                      .keys = some.keys.view().slice(1, first, 25),
                      .values = some.values.view().slice(1, first, 25),
                      .state = state.view(),
                      .out = part.view()});
    for (std::int64_t head = 0; head < 2; ++head) {
      EXPECT_EQ(std::memcmp(part.view().at(0, head).data,
                            some.out.view().slice(1, first, 25).at(0, head).data,
                            25 * 3 * sizeof(float)),
                0);
    }
  }
}

TEST(DeltaRule, ChunksWithAStateGiveTheBitsOfTheWhole) {
  const Case some(100);
  delta_rule(some.delta(some.out.view()));
  const Tensor state(DType::kF32, {1, 3, 5});
  const Tensor part(DType::kF32, {1, 25, 3});
  for (std::int64_t first = 0; first < 100; first += 25) {
    const auto chunk = [&](const Tensor& of) {
      return of.view().slice(0, 0, 1).slice(1, first, 25);
    };
    delta_rule({.queries = chunk(some.queries),
                .keys = chunk(some.keys),
                .values = chunk(some.values),
                .decay = chunk(some.decay),
                .rate = chunk(some.rate),
                .state = state.view(),
                .out = part.view()});
    EXPECT_EQ(std::memcmp(part.view().data, chunk(some.out).data, 25 * 3 * sizeof(float)), 0);
  }
}

TEST(LinearAttention, GradientsAreSlopes) {
  const Case some(20);
  linear_attention(some.linear(some.out.view()));
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  linear_attention_gradient({.forward = some.linear(some.out.view()),
                             .out_gradient = some.out_gradient.view(),
                             .query_gradient = dq.view(),
                             .key_gradient = dk.view(),
                             .value_gradient = dv.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    linear_attention_by_pairs(some.linear(out.view()));
    return weighted_sum(out, some.out_gradient);
  };
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
  expect_slopes(loss, some.values, dv, "values");
}

TEST(DeltaRule, GradientsAreSlopesAcrossKeptStates) {
  const Case some(70);  // states are kept every 64 tokens
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  const Tensor da = zeros_like(some.decay);
  const Tensor db = zeros_like(some.rate);
  delta_rule_gradient({.forward = some.delta(some.out.view()),
                       .out_gradient = some.out_gradient.view(),
                       .query_gradient = dq.view(),
                       .key_gradient = dk.view(),
                       .value_gradient = dv.view(),
                       .decay_gradient = da.view(),
                       .rate_gradient = db.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    delta_rule_by_pairs(some.delta(out.view()));
    return weighted_sum(out, some.out_gradient);
  };
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
  expect_slopes(loss, some.values, dv, "values");
  expect_slopes(loss, some.decay, da, "decay");
  expect_slopes(loss, some.rate, db, "rate");
}

TEST(DeltaRule, RefusesGatesOfAnotherShapeAndNamesThem) {
  const Case some(10);
  DeltaRuleArgs args = some.delta(some.out.view());
  args.rate = some.rate.view().slice(1, 0, 9);
  EXPECT_THROW(delta_rule(args), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
