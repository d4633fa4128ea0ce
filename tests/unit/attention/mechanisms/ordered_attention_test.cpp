// Attention over places: rows loaded through an order have the bits of gathered rows.

#include "attention/backend/ordered_op.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <cstring>

namespace heddle::attention {
namespace {

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kRows = 90;
constexpr std::int64_t kPlaces = 150;  // some rows have two places or more, some have none

std::vector<std::int32_t> random_order(std::int64_t places, std::mt19937_64& random) {
  std::uniform_int_distribution<std::int32_t> draw(0, kRows - 1);
  std::vector<std::int32_t> order(static_cast<std::size_t>(kHeads * places));
  for (std::int32_t& row : order) row = draw(random);
  return order;
}

struct Results {
  Tensor out{DType::kF32, {kHeads, kPlaces, 5}};
  Tensor log_sum_exp{DType::kF32, {kHeads, kPlaces}};
  Tensor dq{DType::kF32, {kHeads, kPlaces, 12}};
  Tensor dk{DType::kF32, {kHeads, kPlaces, 12}};
  Tensor dv{DType::kF32, {kHeads, kPlaces, 5}};
};

struct Case {
  std::mt19937_64 random{5};
  // Rows of all heads beside one another, as models leave them.
  Tensor queries{random_rows({kRows, kHeads, 12}, random)};
  Tensor keys{random_rows({kHeads, kRows, 12}, random)};
  Tensor values{random_rows({kHeads, kRows, 5}, random)};
  Tensor row_out{random_rows({kHeads, kRows, 5}, random)};
  Tensor row_sums{random_rows({kHeads, kRows}, random)};
  Tensor row_gradient{random_rows({kHeads, kRows, 5}, random)};
  std::vector<std::int32_t> query_order{random_order(kPlaces, random)};
  std::vector<std::int32_t> key_order{random_order(kPlaces, random)};
  BlockPlan planned{plan_in_order(parse_pattern("window(40) | global(0:3)"),
                                  {.queries = kPlaces, .keys = kPlaces})};

  Case() {  // weights of about 1 in the gradient
    for (std::int64_t i = 0; i < kHeads * kRows; ++i) row_sums.view().as<float>()[i] += 5;
  }

  OrderedArgs forward(const Results& to) const {
    return {.plan = &planned,
            .query_order = {query_order, kPlaces},
            .key_order = {key_order, kPlaces},
            .queries = queries.view().permute({1, 0, 2}),
            .keys = keys.view(),
            .values = values.view(),
            .scale = 0.3f,
            .out = to.out.view(),
            .log_sum_exp = to.log_sum_exp.view()};
  }
  /// Results by row, whatever they are: a gradient takes them literally.
  OrderedGradientArgs backward(const Results& to) const {
    OrderedGradientArgs args = {.forward = forward(to),
                                .result_order = {query_order, kPlaces},
                                .out_gradient = row_gradient.view(),
                                .query_gradient = to.dq.view(),
                                .key_gradient = to.dk.view(),
                                .value_gradient = to.dv.view()};
    args.forward.out = row_out.view();
    args.forward.log_sum_exp = row_sums.view();
    return args;
  }
};

void expect_same_bits(const Tensor& a, const Tensor& b, const char* what) {
  ASSERT_EQ(a.bytes(), b.bytes());
  EXPECT_EQ(std::memcmp(a.view().data, b.view().data, a.bytes()), 0) << what;
}

void expect_same_bits(const Results& a, const Results& b) {
  expect_same_bits(a.out, b.out, "out");
  expect_same_bits(a.log_sum_exp, b.log_sum_exp, "log_sum_exp");
  expect_same_bits(a.dq, b.dq, "dq");
  expect_same_bits(a.dk, b.dk, "dk");
  expect_same_bits(a.dv, b.dv, "dv");
}

TEST(OrderedAttention, HasTheBitsOfGatheredRows) {
  const Case some;
  const Results ordered;
  ordered_attention(backend("cpu"), some.forward(ordered));
  ordered_attention_gradient(backend("cpu"), some.backward(ordered));
  const Results gathered;
  gathered_attention(backend("cpu"), some.forward(gathered));
  gathered_attention_gradient(backend("cpu"), some.backward(gathered));
  expect_same_bits(ordered, gathered);
}

TEST(OrderedAttention, HasTheSameBitsOnAnyNumberOfThreads) {
  const Case some;
  const auto run_on = [&](int threads, const Results& to) {
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
    tbb::task_arena(threads).execute([&] {
      ordered_attention(backend("cpu"), some.forward(to));
      ordered_attention_gradient(backend("cpu"), some.backward(to));
    });
  };
  const Results one;
  run_on(1, one);
  const Results four;
  run_on(4, four);
  expect_same_bits(one, four);
}

TEST(OrderedAttention, AgreesWithTheReference) {
  const Case some;
  const Results ours;
  ordered_attention(backend("cpu"), some.forward(ours));
  ordered_attention_gradient(backend("cpu"), some.backward(ours));
  const Results judged;
  ordered_attention(backend("reference"), some.forward(judged));
  ordered_attention_gradient(backend("reference"), some.backward(judged));
  expect_near(ours.out.view(), judged.out.view(), 1e-5);
  expect_near(ours.dq.view(), judged.dq.view(), 5e-5);
  expect_near(ours.dk.view(), judged.dk.view(), 5e-5);
  expect_near(ours.dv.view(), judged.dv.view(), 5e-5);
}

TEST(OrderedAttention, RefusesARowThatThereIsNot) {
  Case some;
  const Results to;
  some.key_order[7] = kRows;
  EXPECT_THROW(ordered_attention(backend("cpu"), some.forward(to)), std::invalid_argument);
  some.key_order[7] = -1;
  EXPECT_THROW(ordered_attention(backend("cpu"), some.forward(to)), std::invalid_argument);
}

TEST(OrderedAttention, RefusesAnOrderOfAnotherLength) {
  Case some;
  const Results to;
  some.query_order.pop_back();
  EXPECT_THROW(ordered_attention(backend("cpu"), some.forward(to)), std::invalid_argument);
}

/// A kernel that copies whole rows would read other elements, so the slow twin refuses them too.
TEST(OrderedAttention, RefusesRowsWhoseElementsAreApart) {
  Case some;
  const Results to;
  const Tensor apart = random_rows({kHeads, kRows, 12, 2}, some.random);
  OrderedArgs forward = some.forward(to);
  forward.keys = apart.view().at(3, 0);
  EXPECT_THROW(ordered_attention(backend("cpu"), forward), std::invalid_argument);
  EXPECT_THROW(gathered_attention(backend("cpu"), forward), std::invalid_argument);
  OrderedGradientArgs backward = some.backward(to);
  backward.out_gradient = apart.view().slice(2, 0, 5).at(3, 0);
  EXPECT_THROW(ordered_attention_gradient(backend("cpu"), backward), std::invalid_argument);
  EXPECT_THROW(gathered_attention_gradient(backend("cpu"), backward), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
