// Attention over buckets that Sinkhorn sorts: against `sinkhorn_transformer`, and its gradient by
// differences.

#include "attention/mechanisms/sinkhorn_attention.h"

#include "attention/weights/safetensors.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

TEST(SinkhornParity, GivesTheSortingAndTheOutputsOfTheLibrary) {
  const Weights file(HEDDLE_TEST_DATA "/parity/sinkhorn.safetensors");
  const Tensor out(DType::kF32, {2, 48, 8});
  const SinkhornArgs args = {.spec = {.bucket = 8, .iterations = 7, .temperature = 0.75},
                             .queries = file.tensor("queries"),
                             .keys = file.tensor("keys"),
                             .values = file.tensor("values"),
                             .noise = file.tensor("noise"),
                             .scale = 1 / std::sqrt(8.0f),
                             .out = out.view()};
  expect_near(sinkhorn_sorting(args).view(), file.tensor("sorting"), 1e-5);
  sinkhorn_attention(backend("cpu"), args);
  expect_near(out.view(), file.tensor("out"), 1e-5);
}

struct Case {
  std::mt19937_64 random{95};
  Tensor queries = random_gates({2, 40, 4}, -0.4f, 1, random);  // mostly positive products
  Tensor keys = random_gates({2, 40, 4}, -0.4f, 1, random);
  Tensor values = random_rows({2, 40, 3}, random);
  Tensor out_gradient = random_rows({2, 40, 3}, random);
  Tensor out{DType::kF32, {2, 40, 3}};

  SinkhornArgs args(const TensorView& to) const {
    return {.spec = {.bucket = 10, .iterations = 3},
            .queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .scale = 0.5f,
            .out = to};
  }
};

TEST(SinkhornAttention, GradientsAreSlopes) {
  const Case some;
  const Tensor dq = zeros_like(some.queries);
  const Tensor dk = zeros_like(some.keys);
  const Tensor dv = zeros_like(some.values);
  sinkhorn_attention_gradient(backend("cpu"),
                              {.forward = some.args(some.out.view()),
                               .out_gradient = some.out_gradient.view(),
                               .query_gradient = dq.view(),
                               .key_gradient = dk.view(),
                               .value_gradient = dv.view()});
  const auto loss = [&] {
    const Tensor out = zeros_like(some.out);
    sinkhorn_attention(backend("cpu"), some.args(out.view()));
    return weighted_sum(out, some.out_gradient);
  };
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
  expect_slopes(loss, some.values, dv, "values");
}

TEST(SinkhornAttention, SortsIntoAMatrixWhoseRowsAndColumnsSumToOne) {
  const Case some;
  SinkhornArgs args = some.args(some.out.view());
  args.spec.iterations = 200;
  const Tensor sorting = sinkhorn_sorting(args);
  for (std::int64_t i = 0; i < 4; ++i) {
    float row = 0;
    float column = 0;
    for (std::int64_t j = 0; j < 4; ++j) {
      row += sorting.view().at(0, 1).at(0, i).as<float>()[j];
      column += sorting.view().at(0, 1).at(0, j).as<float>()[i];
    }
    EXPECT_NEAR(row, 1, 1e-4);
    EXPECT_NEAR(column, 1, 1e-4);
  }
}

TEST(SinkhornAttention, RefusesTokensThatDoNotFillTheirBuckets) {
  const Case some;
  SinkhornArgs args = some.args(some.out.view());
  args.spec.bucket = 7;
  EXPECT_THROW(sinkhorn_attention(backend("cpu"), args), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
