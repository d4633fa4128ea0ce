// Attention under every normaliser: the reference against finite differences and the vectorised
// form against the reference.

#include "attention/backend/cpu/normalised_attention.h"
#include "attention/backend/reference/normalised_attention.h"
#include "attention/backend/reference/normaliser.h"
#include "tests/unit/attention/kernels/normalised_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace heddle::attention::kernel_tests {
namespace {

constexpr CaseShape kSmall = {.heads = 2,
                              .kv_heads = 1,
                              .first_query = 5,
                              .queries = 9,
                              .keys = 40,
                              .cut = 26,
                              .key_dim = 3,
                              .value_dim = 2,
                              .query_sets = 2,
                              .query_block = 4,
                              .key_block = 8,
                              .spread = 1};
constexpr CaseShape kWide = {.heads = 4, .kv_heads = 2, .cut = 205, .key_dim = 20, .value_dim = 36};

std::vector<NormalisedShape> shapes_over(const CaseShape& shape) {
  return {{.name = "Softmax", .attention = shape, .normaliser = {1}},
          {.name = "Sparsemax", .attention = shape, .normaliser = {2}},
          {.name = "Entmax15", .attention = shape, .normaliser = {1.5f}},
          {.name = "Entmax12", .attention = shape, .normaliser = {1.2f}},
          {.name = "Entmax18", .attention = shape, .normaliser = {1.8f}},
          {.name = "OwnAlphas", .attention = shape, .own_alphas = true},
          {.name = "AlphasNearSoftmax",
           .attention = shape,
           .own_alphas = true,
           .least_alpha = 1.01f,
           .most_alpha = 1.03f},
          {.name = "SoftmaxSpans", .attention = shape, .spans = true},
          {.name = "SoftmaxImportance", .attention = shape, .bias = true, .importance = true},
          {.name = "EverythingAtOnce",
           .attention = shape,
           .own_alphas = true,
           .spans = true,
           .bias = true,
           .importance = true}};
}

double loss_of(const NormalisedCase& tested) {
  const Tensor out = tested.run(reference::normalised_attention);
  double loss = 0;
  for (std::int64_t i = 0; i < out.view().size(); ++i) {
    loss += static_cast<double>(out.view().as<float>()[i]) * tested.out_gradient().as<float>()[i];
  }
  return loss;
}

/// The reference sums in double but stores floats: steps of 1e-3 see slopes to about 1e-3.
void expect_differences(const NormalisedCase& tested,
                        const TensorView& operand,
                        const Tensor& gradient,
                        const std::string& name) {
  if (operand.empty()) return;
  constexpr float kStep = 0x1p-10f;
  int wrong = 0;
  int seen = 0;
  for (std::int64_t i = 0; i < operand.size(); i += 3, ++seen) {
    float& x = operand.as<float>()[i];
    const float before = x;
    x = before + kStep;
    const double above = loss_of(tested);
    x = before - kStep;
    const double below = loss_of(tested);
    x = before;
    const double slope = (above - below) / (2 * kStep);
    wrong += std::fabs(gradient.view().as<float>()[i] - slope) > 2e-3 * (1 + std::fabs(slope));
  }
  // A difference across the point where a key's weight becomes 0 is no slope: some may cross it.
  EXPECT_LE(wrong, seen / 12) << name << ": " << wrong << " of " << seen << " slopes";
}

class ReferenceNormalised : public testing::TestWithParam<NormalisedShape> {};

TEST_P(ReferenceNormalised, GradientsAreTheSlopesOfTheLoss) {
  const NormalisedCase tested(GetParam(), 41);
  const auto gradients = tested.run(reference::normalised_attention_gradient);
  expect_differences(tested, tested.attention().queries(0), gradients.operands[0], "queries");
  expect_differences(tested, tested.attention().queries(1), gradients.operands[1], "queries 2");
  expect_differences(tested, tested.attention().keys(), gradients.operands[2], "keys");
  expect_differences(tested, tested.attention().values(), gradients.operands[3], "values");
  expect_differences(tested, tested.alphas(), gradients.vectors[0], "alphas");
  expect_differences(tested, tested.spans(), gradients.vectors[1], "spans");
  expect_differences(tested, tested.bias(), gradients.vectors[2], "bias");
  expect_differences(tested, tested.importance(), gradients.vectors[3], "importance");
}

INSTANTIATE_TEST_SUITE_P(Normalisers,
                         ReferenceNormalised,
                         testing::ValuesIn(shapes_over(kSmall)),
                         [](const auto& tested) { return tested.param.name; });

TEST(NormaliserGradient, OfAlphaIsTheSlopeDownToSoftmax) {
  const std::vector<double> logits = {0.3, -1.2, 2.1, 0.9, -0.4};
  const std::vector<double> gradients = {1, -2, 0.5, 3, -1};
  const auto loss = [&](double alpha) {
    const std::vector<double> weights = reference::normalise(logits, alpha);
    return std::inner_product(weights.begin(), weights.end(), gradients.begin(), 0.0);
  };
  for (const double alpha : {1.001, 1.01, 1.05, 1.3, 1.5, 1.9}) {
    const double step = 1e-4;
    const double slope = (loss(alpha + step) - loss(alpha - step)) / (2 * step);
    const auto got =
        reference::normalise_gradient(reference::normalise(logits, alpha), gradients, alpha);
    EXPECT_NEAR(got.alpha, slope, 1e-6) << alpha;
  }
}

void expect_close(const Tensor& got, const Tensor& wanted, double relative, const char* name) {
  double largest = 1;
  for (std::int64_t i = 0; i < wanted.view().size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(wanted.view().as<float>()[i])));
  }
  for (std::int64_t i = 0; i < wanted.view().size(); ++i) {
    ASSERT_NEAR(got.view().as<float>()[i], wanted.view().as<float>()[i], relative * largest)
        << name << ", element " << i;
  }
}

class CpuNormalised : public testing::TestWithParam<NormalisedShape> {};

TEST_P(CpuNormalised, AgreesWithTheReferenceForwardAndBackward) {
  const NormalisedCase tested(GetParam(), 43);
  expect_close(tested.run(cpu::normalised_attention),
               tested.run(reference::normalised_attention),
               1e-5,
               "out");
  const auto got = tested.run(cpu::normalised_attention_gradient);
  const auto wanted = tested.run(reference::normalised_attention_gradient);
  for (std::size_t i = 0; i < wanted.operands.size(); ++i) {
    expect_close(got.operands[i], wanted.operands[i], 5e-5, "operand");
  }
  for (std::size_t i = 0; i < wanted.vectors.size(); ++i) {
    if (wanted.vectors[i].empty()) continue;
    expect_close(got.vectors[i], wanted.vectors[i], 1e-4, "vector");
  }
}

TEST_P(CpuNormalised, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const NormalisedCase tested(GetParam(), 44);
  const auto run_on = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    auto made = tested.run(cpu::normalised_attention_gradient);
    made.operands.push_back(tested.run(cpu::normalised_attention));
    return made;
  };
  const auto one = run_on(1);
  const auto two = run_on(2);
  for (std::size_t i = 0; i < one.operands.size(); ++i) {
    const Tensor& a = one.operands[i];
    EXPECT_EQ(std::memcmp(a.view().data, two.operands[i].view().data, a.bytes()), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Normalisers,
                         CpuNormalised,
                         testing::ValuesIn(shapes_over(kWide)),
                         [](const auto& tested) { return tested.param.name; });

TEST(Normalised, SoftmaxIsTheAttentionThatThereAlwaysWas) {
  const NormalisedCase tested({.name = "softmax", .attention = kWide, .normaliser = {1}}, 45);
  const Tensor out = tested.run(cpu::normalised_attention);
  const Tensor wanted = tested.run(reference::normalised_attention);
  expect_close(out, wanted, 1e-5, "out");
}

TEST(Normalised, SparsemaxGivesKeysFarBelowTheBestExactlyNothing) {
  NormalisedShape shape = {.name = "sparse", .attention = kWide, .normaliser = {2}};
  shape.attention.spread = 30;  // every row has one winner
  const NormalisedCase tested(shape, 46);
  const auto gradients = tested.run(cpu::normalised_attention_gradient);
  const Tensor& keys = gradients.operands[1];
  const auto* data = keys.view().as<float>();
  EXPECT_GT(std::count(data, data + keys.view().size(), 0.0f), keys.view().size() / 2);
}

TEST(NormaliserText, ReadsBackWhatItWrites) {
  for (const char* text : {"softmax", "sparsemax", "entmax15", "entmax(1.25)"}) {
    EXPECT_EQ(text_of(parse_normaliser(text)), text);
  }
  for (const char* text : {"entmax(2.5)", "entmax()", "entmax(0.5)", "hardmax", ""}) {
    EXPECT_THROW(parse_normaliser(text), std::invalid_argument) << text;
  }
}

TEST(NormalisedRefusal, NamesWhatIsWrong) {
  const NormalisedCase tested({.name = "refused", .attention = kSmall, .normaliser = {3}}, 47);
  try {
    tested.run(cpu::normalised_attention);
    FAIL() << "alpha 3 was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("alpha 3.000000 is not in [1, 2]"));
  }
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
