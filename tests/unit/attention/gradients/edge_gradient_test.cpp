// Gradients at a model's two ends: the reference against finite differences, the cpu against it.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/gradients/finite_differences.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

Tensor random_classes(std::int64_t length) {
  Tensor classes(DType::kU8, {length});
  std::mt19937 generator(9);
  for (std::int64_t i = 0; i < length; ++i) {
    classes.view().as<std::uint8_t>()[i] = static_cast<std::uint8_t>(generator() % 6);  // 5: none
  }
  return classes;
}

/// sum of seed . conv1d of one-hot rows, in double.
double one_hot_loss(const TensorView& classes,
                    const Values& weight,
                    const Values& bias,
                    std::int64_t width,
                    const Values& seed) {
  const auto* data = classes.as<std::uint8_t>();
  const auto outs = static_cast<std::int64_t>(bias.size());
  const std::int64_t known = static_cast<std::int64_t>(weight.size()) / outs / width;
  double sum = 0;
  for (std::int64_t p = 0; p < classes.shape[0]; ++p) {
    for (std::int64_t o = 0; o < outs; ++o) {
      double y = bias[static_cast<std::size_t>(o)];
      for (std::int64_t tap = 0; tap < width; ++tap) {
        const std::int64_t at = p + tap - width / 2;
        if (at < 0 || at >= classes.shape[0] || data[at] >= known) continue;
        y += weight[static_cast<std::size_t>((o * known + data[at]) * width + tap)];
      }
      sum += y * seed[static_cast<std::size_t>(p * outs + o)];
    }
  }
  return sum;
}

TEST(OneHotGradient, OfTheReferenceIsThatOfFiniteDifferences) {
  const Tensor classes = random_classes(11);
  const Tensor weight = random_tensor({3, 5, 3}, 1);
  const Tensor bias = random_tensor({3}, 2);
  const Tensor seed = random_tensor({11, 3}, 3);
  const Tensor weight_gradient(DType::kF32, {3, 5, 3});
  const Tensor bias_gradient(DType::kF32, {3});
  backend("reference")
      .gradients()
      ->one_hot_product_gradient({.classes = classes.view(),
                                  .out_gradient = seed.view(),
                                  .weight_gradient = weight_gradient.view(),
                                  .bias_gradient = bias_gradient.view()});
  const Values w = values_of(weight.view());
  const Values b = values_of(bias.view());
  const Values dy = values_of(seed.view());
  expect_gradient(
      "weight",
      [&](const Values& at) { return one_hot_loss(classes.view(), at, b, 3, dy); },
      weight.view(),
      weight_gradient.view());
  expect_gradient(
      "bias",
      [&](const Values& at) { return one_hot_loss(classes.view(), w, at, 3, dy); },
      bias.view(),
      bias_gradient.view());
}

TEST(OneHotGradient, OfTheCpuIsTheReferences) {
  const Tensor classes = random_classes(700);
  const Tensor weight = random_tensor({48, 5, 9}, 1);
  const Tensor bias = random_tensor({48}, 2);
  const Tensor seed = random_tensor({700, 48}, 3);
  std::vector<Tensor> outs;
  std::vector<Tensor> weights;
  std::vector<Tensor> biases;
  for (const char* name : {"cpu", "reference"}) {
    outs.emplace_back(DType::kF32, std::initializer_list<std::int64_t>{700, 48});
    weights.push_back(random_tensor({48, 5, 9}, 4));
    biases.push_back(random_tensor({48}, 5));
    const GradientOps& ops = *backend(name).gradients();
    ops.one_hot_product({.classes = classes.view(),
                         .weight = weight.view(),
                         .bias = bias.view(),
                         .out = outs.back().view()});
    ops.one_hot_product_gradient({.classes = classes.view(),
                                  .out_gradient = seed.view(),
                                  .weight_gradient = weights.back().view(),
                                  .bias_gradient = biases.back().view()});
  }
  EXPECT_LT(max_difference(outs[0].view(), outs[1].view()), 2e-6);  // nine additions
  EXPECT_LT(max_difference(weights[0].view(), weights[1].view()), 2e-5);
  EXPECT_LT(max_difference(biases[0].view(), biases[1].view()), 2e-5);
}

Tensor log_softmax_of(const Tensor& x, std::int64_t width) {
  Tensor y(DType::kF32, {x.view().shape[0], x.view().shape[1]});
  const auto* from = x.view().as<float>();
  for (std::int64_t at = 0; at < x.view().size(); at += width) {
    double sum = 0;
    for (std::int64_t i = at; i < at + width; ++i) sum += std::exp(double{from[i]});
    for (std::int64_t i = at; i < at + width; ++i) {
      y.view().as<float>()[i] = static_cast<float>(from[i] - std::log(sum));
    }
  }
  return y;
}

double log_softmax_loss(const Values& x, std::size_t width, const Values& seed) {
  double loss = 0;
  for (std::size_t at = 0; at < x.size(); at += width) {
    double sum = 0;
    for (std::size_t i = at; i < at + width; ++i) sum += std::exp(x[i]);
    for (std::size_t i = at; i < at + width; ++i) loss += seed[i] * (x[i] - std::log(sum));
  }
  return loss;
}

class EdgeGradientOn : public ::testing::TestWithParam<std::string> {
 protected:
  const GradientOps& ops() const { return *backend(GetParam()).gradients(); }
};

TEST_P(EdgeGradientOn, LogSoftmaxIsThatOfFiniteDifferencesGroupByGroup) {
  const Tensor x = random_tensor({3, 8}, 1, 3);
  const Tensor y = log_softmax_of(x, 4);
  const Tensor seed = random_tensor({3, 8}, 2);
  const Tensor gradient(DType::kF32, {3, 8});
  ops().log_softmax_gradient({.out = y.view(),
                              .groups = 2,
                              .out_gradient = seed.view(),
                              .in_gradient = {.view = gradient.view()}});
  const Values dy = values_of(seed.view());
  expect_gradient(
      "input",
      [&](const Values& at) { return log_softmax_loss(at, 4, dy); },
      x.view(),
      gradient.view());
}

TEST_P(EdgeGradientOn, ExpClampIsThatOfFiniteDifferencesAndEndsAtTheLimit) {
  const Tensor x = random_tensor({4, 5}, 1, 3);  // limit 2: some lie beyond
  const Tensor seed = random_tensor({4, 5}, 2);
  const Tensor gradient(DType::kF32, {4, 5});
  ops().exp_clamp_gradient({.in = x.view(),
                            .limit = 2,
                            .scale = 3,
                            .out_gradient = seed.view(),
                            .in_gradient = {.view = gradient.view()}});
  const Values dy = values_of(seed.view());
  expect_gradient(
      "input",
      [&](const Values& at) {
        double sum = 0;
        for (std::size_t i = 0; i < at.size(); ++i) {
          sum += dy[i] * 3 * std::exp(std::clamp(at[i], -2.0, 2.0));
        }
        return sum;
      },
      x.view(),
      gradient.view());
}

TEST_P(EdgeGradientOn, ColumnsAreWrittenOrAddedWithAFactor) {
  const Tensor from = random_tensor({2, 3}, 1);
  const Tensor to = random_tensor({2, 5}, 2);
  const Values before = values_of(to.view());
  const Values x = values_of(from.view());
  ops().columns({.from = from.view(),
                 .to = to.view(),
                 .at_from = 1,
                 .at_to = 2,
                 .count = 2,
                 .scale = -0.5f,
                 .add = true});
  const Values after = values_of(to.view());
  for (std::size_t i = 0; i < after.size(); ++i) {
    const std::size_t column = i % 5;
    const bool moved = column == 2 || column == 3;
    const double wanted = before[i] + (moved ? -0.5 * x[i / 5 * 3 + column - 1] : 0);
    EXPECT_NEAR(after[i], wanted, 1e-6) << i;
  }
}

TEST_P(EdgeGradientOn, AFactorOfZeroClearsWhateverWasThere) {
  Tensor to(DType::kF32, {1, 2});
  to.view().as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  to.view().as<float>()[1] = 3;
  ops().columns({.from = to.view(), .to = to.view(), .count = 2, .scale = 0});
  EXPECT_EQ(values_of(to.view()), (Values{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(, EdgeGradientOn, ::testing::Values("reference", "cpu"));

}  // namespace
}  // namespace heddle::attention
