// Native sparse attention: its three branches by definition, its gradient by differences.

#include "attention/mechanisms/nsa.h"

#include "attention/selectors/selectors.h"
#include "attention/weights/safetensors.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 50;
constexpr std::int64_t kBlock = 8;

struct Case {
  std::mt19937_64 random{91};
  Tensor queries = random_rows({4, kTokens, 5}, random);
  Tensor keys = random_rows({2, kTokens, 5}, random);
  Tensor values = random_rows({2, kTokens, 3}, random);
  Tensor gates = random_gates({4, kTokens, 3}, 0, 1, random);
  Tensor out{DType::kF32, {4, kTokens, 3}};

  NsaArgs args(const TensorView& to) const {
    return {.spec = {.block = kBlock, .top = 3, .window = 11},
            .queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .gates = gates.view(),
            .scale = 0.6f,
            .out = to};
  }
};

double element(const Tensor& of, std::int64_t head, std::int64_t row, std::int64_t c) {
  return of.view().at(0, head).at(0, row).as<float>()[c];
}

/// Means of blocks as rows: element c of the mean of block b.
double mean(const Tensor& of, std::int64_t head, std::int64_t b, std::int64_t c) {
  double sum = 0;
  for (std::int64_t k = b * kBlock; k < (b + 1) * kBlock; ++k) sum += element(of, head, k, c);
  return sum / kBlock;
}

using Rows = std::function<double(const Tensor&, std::int64_t, std::int64_t, std::int64_t)>;

/// Softmax attention of one query to `count` rows, those that `sees`.
std::vector<double> attend(const Case& some,
                           std::int64_t head,
                           std::int64_t q,
                           std::int64_t count,
                           const Rows& rows,
                           const std::function<bool(std::int64_t)>& sees) {
  std::vector<double> out(3);
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    if (!sees(k)) continue;
    double logit = 0;
    for (int c = 0; c < 5; ++c) {
      logit += element(some.queries, head, q, c) * rows(some.keys, head / 2, k, c);
    }
    const double weight = std::exp(0.6 * logit);
    sum += weight;
    for (int c = 0; c < 3; ++c) {
      out[static_cast<std::size_t>(c)] += weight * rows(some.values, head / 2, k, c);
    }
  }
  for (double& x : out) x = sum > 0 ? x / sum : 0;
  return out;
}

TEST(Nsa, IsTheGatedSumOfItsThreeBranches) {
  const Case some;
  nsa_attention(backend("cpu"), some.args(some.out.view()));
  const Pattern chosen = parse_selector("compressed(8,3)")
                             ->select({.queries = some.queries.view(), .keys = some.keys.view()});
  for (std::int64_t head = 0; head < 4; ++head) {
    for (std::int64_t q = 0; q < kTokens; ++q) {
      const auto compress = attend(some, head, q, kTokens / kBlock, mean, [&](std::int64_t b) {
        return b < (q + 1) / kBlock;
      });
      const auto select = attend(some, head, q, kTokens, element, [&](std::int64_t k) {
        return chosen.attends(static_cast<int>(head), q, k);
      });
      const auto near = attend(
          some, head, q, kTokens, element, [&](std::int64_t k) { return k <= q && q - k < 11; });
      for (std::size_t c = 0; c < 3; ++c) {
        const double wanted = element(some.gates, head, q, 0) * compress[c] +
                              element(some.gates, head, q, 1) * select[c] +
                              element(some.gates, head, q, 2) * near[c];
        const auto at = static_cast<std::int64_t>(c);
        ASSERT_NEAR(element(some.out, head, q, at), wanted, 1e-5) << head << ", " << q;
      }
    }
  }
}

TEST(Nsa, GradientsAreSlopes) {
  const Case some;
  std::mt19937_64 random(92);
  const Tensor out_gradient = random_rows({4, kTokens, 3}, random);
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  const Tensor dg = zeros_like(some.gates);
  nsa_attention_gradient(backend("cpu"),
                         {.forward = some.args(some.out.view()),
                          .out_gradient = out_gradient.view(),
                          .query_gradient = dq.view(),
                          .key_gradient = dk.view(),
                          .value_gradient = dv.view(),
                          .gate_gradient = dg.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    nsa_attention(backend("cpu"), some.args(out.view()));
    return weighted_sum(out, out_gradient);
  };
  expect_slopes(loss, some.values, dv, "values");
  expect_slopes(loss, some.gates, dg, "gates");
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
}

/// By the naive form of fla-org/native-sparse-attention: outputs and every gradient.
TEST(NsaParity, GivesTheOutputsAndTheGradientsOfThePublishedForm) {
  const Weights file(HEDDLE_TEST_DATA "/parity/nsa.safetensors");
  const Tensor out(DType::kF32, {4, 52, 6});
  const Tensor dq(DType::kF32, {4, 52, 8});
  const Tensor dk(DType::kF32, {2, 52, 8});
  const Tensor dv(DType::kF32, {2, 52, 6});
  const Tensor dg(DType::kF32, {4, 52, 3});
  nsa_attention_gradient(backend("cpu"),
                         {.forward = {.spec = {.block = 8, .top = 3, .window = 11},
                                      .queries = file.tensor("queries"),
                                      .keys = file.tensor("keys"),
                                      .values = file.tensor("values"),
                                      .gates = file.tensor("gates"),
                                      .scale = 1 / std::sqrt(8.0f),
                                      .out = out.view()},
                          .out_gradient = file.tensor("out_gradient"),
                          .query_gradient = dq.view(),
                          .key_gradient = dk.view(),
                          .value_gradient = dv.view(),
                          .gate_gradient = dg.view()});
  expect_near(out.view(), file.tensor("out"), 1e-5);
  expect_near(dq.view(), file.tensor("query_gradient"), 1e-5);
  expect_near(dk.view(), file.tensor("key_gradient"), 1e-5);
  expect_near(dv.view(), file.tensor("value_gradient"), 1e-5);
  expect_near(dg.view(), file.tensor("gate_gradient"), 1e-5);
}

}  // namespace
}  // namespace heddle::attention
