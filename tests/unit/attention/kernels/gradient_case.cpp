#include "tests/unit/attention/kernels/gradient_case.h"

#include "attention/backend/reference/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace heddle::attention::kernel_tests {
namespace {

Tensor random_tensor(DType dtype,
                     std::initializer_list<std::int64_t> shape,
                     std::mt19937_64& random) {
  const Tensor wide(DType::kF32, shape);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < wide.view().size(); ++i) wide.view().as<float>()[i] = normal(random);
  Tensor made(dtype, shape);
  copy(wide.view(), made.view());
  return made;
}

/// Filled with NaN: what is not written is found.
Tensor unwritten(const TensorView& like) {
  Tensor made(like.dtype, std::span(like.shape.data(), static_cast<std::size_t>(like.rank)));
  std::memset(made.view().data, 0xff, made.bytes());
  return made;
}

std::vector<float> floats_of(const Tensor& tensor) {
  const TensorView& from = tensor.view();
  const Tensor wide(DType::kF32, {from.shape[0], from.shape[1], from.shape[2]});
  copy(from, wide.view());
  const float* data = wide.view().as<float>();
  return {data, data + from.size()};
}

void expect_close(const char* name, const Tensor& got, const Tensor& wanted, double relative) {
  const std::vector<float> a = floats_of(got);
  const std::vector<float> b = floats_of(wanted);
  double largest = 0;
  for (const float x : b) largest = std::max(largest, std::fabs(static_cast<double>(x)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], 3e-5 + relative * largest) << name << ", element " << i;
  }
}

}  // namespace

GradientCase::GradientCase(const AttentionCase& forward, const BlockPlan& plan, std::uint64_t seed)
    : forward_(forward), plan_(plan), result_(forward.run(reference::attention, plan)) {
  const CaseShape& shape = forward.shape();
  std::mt19937_64 random(seed);
  out_gradient_ = random_tensor(shape.dtype, {shape.heads, plan.queries, shape.value_dim}, random);
  log_sum_exp_gradient_ = random_tensor(DType::kF32, {shape.heads, plan.queries, 1}, random);
}

float GradientCase::scale() const {
  return 1 / std::sqrt(static_cast<float>(forward_.shape().key_dim));
}

Gradients GradientCase::run(GradientFunction gradient) const {
  const std::array<KeySegment, 2> segments = forward_.segments();
  Gradients made = {.keys = unwritten(forward_.keys()), .values = unwritten(forward_.values())};
  std::vector<TensorView> query_gradients;
  for (const TensorView& queries : forward_.query_sets()) {
    made.queries.push_back(unwritten(queries));
    query_gradients.push_back(made.queries.back().view());
  }
  const std::int64_t first = segments[0].keys.shape[1];
  const std::int64_t second = segments[1].keys.shape[1];
  const KeySegmentGradient segment_gradients[] = {
      {made.keys.view().slice(1, 0, first), made.values.view().slice(1, 0, first)},
      {made.keys.view().slice(1, first, second), made.values.view().slice(1, first, second)}};
  gradient({.plan = &plan_,
            .queries = forward_.query_sets(),
            .segments = segments,
            .scale = scale(),
            .out = result_.out.view(),
            .log_sum_exp = result_.log_sum_exp.view(),
            .out_gradient = out_gradient_.view(),
            .log_sum_exp_gradient = log_sum_exp_gradient_.view().at(2, 0),
            .query_gradients = query_gradients,
            .segment_gradients = segment_gradients});
  return made;
}

void expect_close(const GradientCase& gradient_case,
                  const Gradients& got,
                  const Gradients& wanted,
                  double logits) {
  const CaseShape& shape = gradient_case.forward().shape();
  double relative = 6e-6 * std::sqrt(static_cast<double>(shape.keys)) / 10 + 0x1p-23 * logits;
  if (shape.dtype == DType::kBF16) relative += 3 * 0x1p-8;
  if (shape.dtype == DType::kF16) relative += 3 * 0x1p-11;
  for (std::size_t set = 0; set < got.queries.size(); ++set) {
    expect_close("query gradient", got.queries[set], wanted.queries[set], relative);
  }
  expect_close("key gradient", got.keys, wanted.keys, relative);
  expect_close("value gradient", got.values, wanted.values, relative);
}

void expect_same_bits(const Gradients& one, const Gradients& other) {
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.bytes() == b.bytes() && std::memcmp(a.view().data, b.view().data, a.bytes()) == 0;
  };
  for (std::size_t set = 0; set < one.queries.size(); ++set) {
    EXPECT_TRUE(same(one.queries[set], other.queries[set])) << "queries of set " << set;
  }
  EXPECT_TRUE(same(one.keys, other.keys)) << "keys";
  EXPECT_TRUE(same(one.values, other.values)) << "values";
}

}  // namespace heddle::attention::kernel_tests
