// Attention inside clusters: against `routing_transformer`, its gradient by differences, and how
// centroids move.

#include "attention/mechanisms/routing_attention.h"

#include "attention/mechanisms/mechanism.h"
#include "attention/weights/safetensors.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

TEST(RoutingParity, GivesTheOutputsAndTheCentroidsOfTheLibrary) {
  const Weights file(HEDDLE_TEST_DATA "/parity/routing.safetensors");
  const Tensor out(DType::kF32, {2, 64, 8});
  const Tensor centroids(DType::kF32, {2, 4, 8});
  copy(file.tensor("centroids"), centroids.view());
  const RoutingArgs args = {.window = 16,
                            .centroids = centroids.view(),
                            .queries = file.tensor("queries"),
                            .keys = file.tensor("keys"),
                            .values = file.tensor("values"),
                            .scale = 1 / std::sqrt(8.0f),
                            .out = out.view()};
  routing_attention(backend("cpu"), args);
  expect_near(out.view(), file.tensor("out"), 1e-5);
  update_centroids(args, 0.9f);
  expect_near(centroids.view(), file.tensor("later_centroids"), 1e-5);
}

/// Even tokens point one way and odd ones the other, so that no small step changes who is taken;
/// the first and the last centroid take the same tokens.
struct Case {
  std::mt19937_64 random{97};
  Tensor queries = random_rows({2, 40, 4}, random);
  Tensor keys = random_rows({2, 40, 4}, random);
  Tensor values = random_rows({2, 40, 3}, random);
  Tensor centroids{DType::kF32, {2, 3, 4}};
  Tensor out_gradient = random_rows({2, 40, 3}, random);
  Tensor out{DType::kF32, {2, 40, 3}};

  Case() {
    for (std::int64_t i = 0; i < 80; ++i) {
      const float way = i % 2 == 0 ? 2.0f : -2.0f;
      for (const Tensor* of : {&queries, &keys}) {
        float& first = of->view().as<float>()[i * 4];
        first = way + 0.2f * first;
      }
    }
    for (std::int64_t i = 0; i < 6; ++i) {
      centroids.view().as<float>()[i * 4] = i % 3 == 1 ? -1.0f : 1.0f;
    }
  }

  RoutingArgs args(const TensorView& to) const {
    return {.window = 20,
            .causal = true,
            .centroids = centroids.view(),
            .queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .scale = 0.5f,
            .out = to};
  }
};

TEST(RoutingAttention, GradientsAreSlopes) {
  const Case some;
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  routing_attention_gradient(backend("cpu"),
                             {.forward = some.args(some.out.view()),
                              .out_gradient = some.out_gradient.view(),
                              .query_gradient = dq.view(),
                              .key_gradient = dk.view(),
                              .value_gradient = dv.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    routing_attention(backend("cpu"), some.args(out.view()));
    return weighted_sum(out, some.out_gradient);
  };
  expect_slopes(loss, some.values, dv, "values");
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
}

/// Centroids have no slope; what stands in its place leads to the moving average.
TEST(RoutingMechanism, ADescentOfItsCentroidsIsTheirMovingAverage) {
  const Case some;
  for (std::int64_t i = 0; i < 24; ++i) some.centroids.view().as<float>()[i] *= 0.6f;
  const Tensor values = zeros_like(some.queries);
  const Tensor results[] = {zeros_like(some.queries),
                            zeros_like(some.queries),
                            zeros_like(some.queries),
                            zeros_like(some.queries)};
  const Tensor gradient(DType::kF32, {2, 3, 4});
  std::fill_n(gradient.view().as<float>(), 24, 2.0f);  // is added to
  parse_mechanism("routing(3,20,causal)")
      ->gradient(backend("cpu"),
                 {.forward = {.queries = some.queries.view(),
                              .keys = some.keys.view(),
                              .values = values.view(),
                              .gates = {},
                              .constants = some.centroids.view(),
                              .scale = 0.5f,
                              .out = results[0].view()},
                  .out_gradient = values.view(),
                  .query_gradient = results[1].view(),
                  .key_gradient = results[2].view(),
                  .value_gradient = results[3].view(),
                  .gate_gradient = {},
                  .constants_gradient = gradient.view()});
  const Tensor descended(DType::kF32, {2, 3, 4});
  for (std::int64_t i = 0; i < 24; ++i) {
    descended.view().as<float>()[i] =
        some.centroids.view().as<float>()[i] - 0.1f * (gradient.view().as<float>()[i] - 2);
  }
  const Tensor before(DType::kF32, {2, 3, 4});
  copy(some.centroids.view(), before.view());
  update_centroids(some.args(some.out.view()), 0.9f);
  expect_near(descended.view(), some.centroids.view(), 1e-6);
  EXPECT_GT(std::abs(some.centroids.view().as<float>()[0] - before.view().as<float>()[0]), 0.01f);
}

TEST(Centroids, AreNearByAngleWhateverTheirLengths) {
  const Case some;
  std::fill_n(some.centroids.view().as<float>(), 24, 0.0f);
  for (std::int64_t head = 0; head < 2; ++head) {
    float* of_head = some.centroids.view().at(0, head).as<float>();
    of_head[0] = 1;               // 0 degrees
    of_head[4] = of_head[5] = 5;  // 45 degrees, long
    of_head[8] = -1;
    for (const Tensor* of : {&some.queries, &some.keys}) {
      for (std::int64_t token = 0; token < 40; ++token) {
        float* row = of->view().at(0, head).at(0, token).as<float>();
        std::fill_n(row, 4, 0.0f);
        row[0] = 2;
        row[1] = 0.1f;
      }
    }
  }
  update_centroids(some.args(some.out.view()), 0);
  const float* centroids = some.centroids.view().as<float>();
  EXPECT_NEAR(centroids[1], 0.1 / std::hypot(2, 0.1), 1e-6);  // took them all
  EXPECT_EQ(centroids[4], 5);                                 // took none and stays
}

TEST(RoutingAttention, OneClusterOfAllTokensIsCausalAttention) {
  const Case some;
  RoutingArgs args = some.args(some.out.view());
  args.window = 40;
  args.centroids = some.centroids.view().slice(1, 0, 1);
  routing_attention(backend("cpu"), args);
  for (std::int64_t q = 0; q < 40; ++q) {
    double sum = 0;
    double wanted = 0;
    for (std::int64_t k = 0; k <= q; ++k) {
      double logit = 0;
      for (int c = 0; c < 4; ++c) {
        logit += static_cast<double>(some.queries.view().at(0, 1).at(0, q).as<float>()[c]) *
                 some.keys.view().at(0, 1).at(0, k).as<float>()[c];
      }
      sum += std::exp(0.5 * logit);
      wanted += std::exp(0.5 * logit) * some.values.view().at(0, 1).at(0, k).as<float>()[2];
    }
    ASSERT_NEAR(some.out.view().at(0, 1).at(0, q).as<float>()[2], wanted / sum, 1e-5);
  }
}

}  // namespace
}  // namespace heddle::attention
