// Attention by hashing: its chunks by definition, its gradient by differences, and `transformers`.

#include "attention/mechanisms/lsh_attention.h"

#include "attention/weights/safetensors.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace heddle::attention {
namespace {

struct Case {
  std::mt19937_64 random{61};
  LshSpec spec;
  Tensor queries{random_rows({2, 48, 4}, random)};
  Tensor keys{random_rows({2, 48, 4}, random)};
  Tensor values{random_rows({2, 48, 3}, random)};
  Tensor out{DType::kF32, {2, 48, 3}};
  Tensor rotations;
  std::vector<std::int32_t> buckets;

  explicit Case(const LshSpec& of) : spec(of) {
    rotations = random_rows({2, spec.rounds, 4, spec.buckets / 2}, random);
    buckets = lsh_buckets(backend("reference"), spec, queries.view(), rotations.view());
  }
  LshArgs args(const TensorView& to) const {
    return {.spec = spec,
            .buckets = &buckets,
            .queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .scale = 0.7f,
            .out = to};
  }
};

constexpr LshSpec kTwoRounds = {.rounds = 2, .buckets = 6, .chunk = 8};

TEST(LshBuckets, AreTheLargestOfBothSigns) {
  const Case some(kTwoRounds);
  for (std::size_t i = 0; i < some.buckets.size(); ++i) {
    const auto token = static_cast<std::int64_t>(i) % 48;
    const std::int64_t round = static_cast<std::int64_t>(i) / 48;
    double best = -1e9;
    std::int32_t chosen = -1;
    for (int b = 0; b < 6; ++b) {
      double sum = 0;
      for (int c = 0; c < 4; ++c) {
        sum +=
            static_cast<double>(some.queries.view().at(0, round / 2).at(0, token).as<float>()[c]) *
            some.rotations.view().as<float>()[(round * 4 + c) * 3 + b % 3] * (b < 3 ? 1 : -1);
      }
      if (sum > best) {
        best = sum;
        chosen = b;
      }
    }
    ASSERT_EQ(some.buckets[i], chosen) << "place " << i;
  }
}

/// One round of one chunk is dense attention without oneself: nobody shares two places.
TEST(LshAttention, OfOneChunkIsAttentionToAllOthers) {
  const Case some({.rounds = 1, .buckets = 4, .chunk = 24, .causal = false});
  lsh_attention(backend("cpu"), some.args(some.out.view()));
  for (std::int64_t head = 0; head < 2; ++head) {
    for (std::int64_t q = 0; q < 48; ++q) {
      double sum = 0;
      double wanted = 0;
      for (std::int64_t k = 0; k < 48; ++k) {
        if (k == q) continue;
        double logit = 0;
        for (int c = 0; c < 4; ++c) {
          logit += static_cast<double>(some.queries.view().at(0, head).at(0, q).as<float>()[c]) *
                   some.keys.view().at(0, head).at(0, k).as<float>()[c];
        }
        sum += std::exp(0.7 * logit);
        wanted += std::exp(0.7 * logit) * some.values.view().at(0, head).at(0, k).as<float>()[0];
      }
      ASSERT_NEAR(some.out.view().at(0, head).at(0, q).as<float>()[0], wanted / sum, 1e-5);
    }
  }
}

TEST(LshAttention, GradientsAreSlopes) {
  const Case some(kTwoRounds);
  const Tensor out_gradient = [&] {
    std::mt19937_64 random(62);
    return random_rows({2, 48, 3}, random);
  }();
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  lsh_attention_gradient(backend("cpu"),
                         {.forward = some.args(some.out.view()),
                          .out_gradient = out_gradient.view(),
                          .query_gradient = dq.view(),
                          .key_gradient = dk.view(),
                          .value_gradient = dv.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    lsh_attention(backend("cpu"), some.args(out.view()));
    return weighted_sum(out, out_gradient);
  };
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
  expect_slopes(loss, some.values, dv, "values");
}

class ReformerParity : public testing::TestWithParam<const char*> {};

TEST_P(ReformerParity, GivesTheOutputsOfTransformers) {
  const std::string name = GetParam();
  const Weights file((HEDDLE_TEST_DATA "/parity/reformer_" + name).append(".safetensors"));
  const TensorView& stored = file.tensor("buckets");
  const auto* first = static_cast<const std::int32_t*>(stored.data);
  const std::vector<std::int32_t> buckets(first, first + stored.size());
  // Reformer's keys: queries of root mean square 1, over sqrt(dim).
  const Tensor keys(DType::kF32, {2, 128, 16});
  copy(file.tensor("queries"), keys.view());
  for (std::int64_t i = 0; i < 2 * 128; ++i) {
    float* key = keys.view().as<float>() + i * 16;
    float squares = 0;
    for (int c = 0; c < 16; ++c) squares += key[c] * key[c];
    const float inverse = 1 / std::sqrt(squares / 16 + 1e-6f) / 4;
    for (int c = 0; c < 16; ++c) key[c] *= inverse;
  }
  const Tensor out(DType::kF32, {2, 128, 16});
  lsh_attention(backend("cpu"),
                {.spec = {.rounds = static_cast<int>(stored.shape[1]),
                          .buckets = 8,
                          .chunk = 16,
                          .causal = name == "causal"},
                 .buckets = &buckets,
                 .queries = file.tensor("queries"),
                 .keys = keys.view(),
                 .values = file.tensor("values"),
                 .out = out.view()});
  expect_near(out.view(), file.tensor("out"), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Files, ReformerParity, testing::Values("causal", "both"));

TEST(LshAttention, RefusesTokensThatDoNotFillTheirChunks) {
  Case some(kTwoRounds);
  some.spec.chunk = 7;
  EXPECT_THROW(lsh_attention(backend("cpu"), some.args(some.out.view())), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
