// Attention inside clusters: against `routing_transformer`, its gradient by differences, and
// centroids that find the clusters there are.

#include "attention/mechanisms/routing_attention.h"

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
