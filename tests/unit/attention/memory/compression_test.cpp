// Compression by its formulas, and its gradients by finite differences.
#include "attention/memory/compression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace heddle::attention {
namespace {

constexpr int kHeads = 2;
constexpr int kHead = 1;
constexpr int kRatio = 3;
constexpr int kBlock = 6;
constexpr int kKeyDim = 4;
constexpr int kValueDim = 2;

class Compression : public testing::TestWithParam<CompressionKind> {
 protected:
  Compression() {
    for (const Tensor* tensor : all()) {
      for (std::int64_t i = 0; i < tensor->view().size(); ++i) {
        tensor->view().as<float>()[i] = normal_(random_);
      }
    }
  }
  std::vector<const Tensor*> all() const {
    return {&keys_, &values_, &conv_keys_, &conv_values_, &pool_, &weigh_keys_, &weigh_values_};
  }
  CompressionSpec spec() const {
    CompressionSpec made{.blocks = 1, .ratio = kRatio, .kind = GetParam()};
    if (GetParam() == CompressionKind::kConv) {
      made.keys = conv_keys_.view();
      made.values = conv_values_.view();
    } else if (GetParam() == CompressionKind::kPool) {
      made.keys = pool_.view();
    }
    return made;
  }
  void run() {
    compress(
        spec(), kHead, {keys_.view(), values_.view()}, {made_keys_.view(), made_values_.view()});
  }
  /// A weighted sum of the result: the loss whose gradient is checked.
  double loss() {
    run();
    double sum = 0;
    for (const auto& [made, weigh] :
         {std::pair(&made_keys_, &weigh_keys_), std::pair(&made_values_, &weigh_values_)}) {
      for (std::int64_t i = 0; i < made->view().size(); ++i) {
        sum += double{made->view().as<float>()[i]} * weigh->view().as<float>()[i];
      }
    }
    return sum;
  }
  void expect_gradient(const TensorView& of, const TensorView& gradient) {
    for (std::int64_t i = 0; i < of.size(); ++i) {
      float& x = of.as<float>()[i];
      const float was = x;
      x = was + 0.01f;
      const double up = loss();
      x = was - 0.01f;
      const double down = loss();
      x = was;
      EXPECT_NEAR(gradient.as<float>()[i], (up - down) / 0.02, 2e-3) << i;
    }
  }

  std::mt19937 random_{3};
  std::normal_distribution<float> normal_;
  Tensor keys_{DType::kF32, {kBlock, kKeyDim}};
  Tensor values_{DType::kF32, {kBlock, kValueDim}};
  Tensor conv_keys_{DType::kF32, {kHeads, kKeyDim, kRatio, kKeyDim}};
  Tensor conv_values_{DType::kF32, {kHeads, kValueDim, kRatio, kValueDim}};
  Tensor pool_{DType::kF32, {kHeads, kKeyDim}};
  Tensor made_keys_{DType::kF32, {kBlock / kRatio, kKeyDim}};
  Tensor made_values_{DType::kF32, {kBlock / kRatio, kValueDim}};
  Tensor weigh_keys_{DType::kF32, {kBlock / kRatio, kKeyDim}};
  Tensor weigh_values_{DType::kF32, {kBlock / kRatio, kValueDim}};
};

TEST_P(Compression, IsWhatItsFormulaSays) {
  run();
  for (int j = 0; j < kBlock / kRatio; ++j) {
    double share[kRatio];
    double sum = 0;
    for (int t = 0; t < kRatio; ++t) {
      double score = 0;
      for (int i = 0; i < kKeyDim; ++i) {
        score += double{pool_.view().at(0, kHead).as<float>()[i]} *
                 keys_.view().at(0, j * kRatio + t).as<float>()[i];
      }
      share[t] = GetParam() == CompressionKind::kPool ? std::exp(score) : 1;
      sum += share[t];
    }
    for (int o = 0; o < kValueDim; ++o) {
      double expected = 0;
      for (int t = 0; t < kRatio; ++t) {
        const float* x = values_.view().at(0, j * kRatio + t).as<float>();
        if (GetParam() != CompressionKind::kConv) {
          expected += share[t] / sum * x[o];
          continue;
        }
        const float* w = conv_values_.view().at(0, kHead).at(0, o).at(0, t).as<float>();
        for (int i = 0; i < kValueDim; ++i) expected += double{w[i]} * x[i];
      }
      EXPECT_NEAR(made_values_.view().at(0, j).as<float>()[o], expected, 1e-5);
    }
  }
}

TEST_P(Compression, GradientsAreThoseOfFiniteDifferences) {
  const Tensor d_keys(DType::kF32, {kBlock, kKeyDim});
  const Tensor d_values(DType::kF32, {kBlock, kValueDim});
  const Tensor d_conv_keys(DType::kF32, {kHeads, kKeyDim, kRatio, kKeyDim});
  const Tensor d_conv_values(DType::kF32, {kHeads, kValueDim, kRatio, kValueDim});
  const Tensor d_pool(DType::kF32, {kHeads, kKeyDim});
  const bool pools = GetParam() == CompressionKind::kPool;
  compress_backward(spec(),
                    kHead,
                    {keys_.view(), values_.view()},
                    {.out = {weigh_keys_.view(), weigh_values_.view()},
                     .in = {d_keys.view(), d_values.view()},
                     .weight_keys = pools ? d_pool.view() : d_conv_keys.view(),
                     .weight_values = d_conv_values.view()});
  expect_gradient(keys_.view(), d_keys.view());
  expect_gradient(values_.view(), d_values.view());
  expect_gradient(conv_keys_.view(), d_conv_keys.view());
  expect_gradient(conv_values_.view(), d_conv_values.view());
  expect_gradient(pool_.view(), d_pool.view());
}

std::string name_of(const testing::TestParamInfo<CompressionKind>& tested) {
  if (tested.param == CompressionKind::kConv) return "conv";
  return tested.param == CompressionKind::kPool ? "pool" : "mean";
}

INSTANTIATE_TEST_SUITE_P(EveryKind,
                         Compression,
                         testing::Values(CompressionKind::kMean,
                                         CompressionKind::kConv,
                                         CompressionKind::kPool),
                         name_of);

TEST(CompressionSpec, WeightsOfAnotherShapeAreRefusedWithBoth) {
  const Tensor weights(DType::kF32, {1, 3});
  MemorySpec spec{.key_dim = 4, .value_dim = 2, .block = 8};
  spec.compressed = {.blocks = 2, .kind = CompressionKind::kPool, .keys = weights.view()};
  EXPECT_THROW(RollingMemory{spec}, std::invalid_argument);
  spec.compressed = {.blocks = 2, .ratio = 3};
  EXPECT_THROW(RollingMemory{spec}, std::invalid_argument) << "3 does not divide 8";
}

}  // namespace
}  // namespace heddle::attention
