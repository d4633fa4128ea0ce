// Products with weights of the call, and their gradients: the reference against finite differences
// of the definition, the cpu against the reference, and the law that threads change no bit.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/gradients/finite_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

namespace heddle::attention {
namespace {

struct Shapes {
  std::string name;
  std::vector<std::int64_t> weight;
  std::vector<std::int64_t> in;
  std::vector<std::int64_t> out;
  ProductShape product;
};

void PrintTo(const Shapes& s, std::ostream* os) { *os << s.name; }

std::vector<Shapes> small_shapes() {
  return {{"Linear", {3, 4}, {5, 4}, {5, 3}, {}},
          {"Conv1d", {2, 3, 3}, {6, 3}, {6, 2}, {}},
          {"DilatedConv1d", {2, 3, 5}, {7, 3}, {7, 2}, {.dilation = 3}},
          {"Conv2d", {2, 3, 3, 3}, {4, 5, 3}, {4, 5, 2}, {}},
          {"PointConv2d", {2, 3, 1, 1}, {3, 4, 3}, {3, 4, 2}, {}},
          {"StridedConv2d", {2, 3, 3, 3}, {4, 6, 3}, {2, 3, 2}, {.stride = 2}},
          {"WideStridedConv2d", {2, 2, 5, 5}, {6, 6, 2}, {2, 2, 2}, {.stride = 3}}};
}

std::vector<Shapes> large_shapes() {
  return {{"Linear", {300, 136}, {521, 136}, {521, 300}, {}},
          {"Conv1d", {96, 64, 7}, {600, 64}, {600, 96}, {}},
          {"DilatedConv1d", {24, 33, 5}, {301, 33}, {301, 24}, {.dilation = 9}},
          {"ShortConv1d", {8, 4, 9}, {3, 4}, {3, 8}, {.dilation = 2}},
          {"Conv2d", {32, 19, 3, 3}, {21, 30, 19}, {21, 30, 32}, {}},
          {"PointConv2d", {5, 64, 1, 1}, {17, 18, 64}, {17, 18, 5}, {}},
          {"StridedConv2d", {32, 3, 3, 3}, {34, 46, 3}, {17, 23, 32}, {.stride = 2}},
          {"WideStridedConv2d", {7, 6, 5, 5}, {27, 30, 6}, {9, 10, 7}, {.stride = 3}}};
}

Tensor random_of(const std::vector<std::int64_t>& shape, unsigned seed) {
  Tensor tensor(DType::kF32, shape);
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (std::int64_t i = 0; i < tensor.view().size(); ++i) {
    tensor.view().as<float>()[i] = uniform(generator);
  }
  return tensor;
}

/// The definition: out = bias + sum over taps of the weight.
Values product_of(const Shapes& s, const Values& weight, const Values& bias, const Values& in) {
  const bool image = s.in.size() == 3;
  const std::int64_t height = image ? s.in[0] : 1;
  const std::int64_t width = image ? s.in[1] : s.in[0];
  const std::int64_t ins = s.weight[1];
  const std::int64_t outs = s.weight[0];
  const std::int64_t k = s.weight.size() > 2 ? s.weight.back() : 1;
  const std::int64_t k_down = image ? k : 1;
  const std::int64_t halo = k / 2 * s.product.dilation;
  const std::int64_t stride = s.product.stride;
  Values out;
  for (std::int64_t y = 0; y < height; y += image ? stride : 1) {
    for (std::int64_t x = 0; x < width; x += stride) {
      for (std::int64_t o = 0; o < outs; ++o) {
        double sum = bias[static_cast<std::size_t>(o)];
        for (std::int64_t tap = 0; tap < k_down * k; ++tap) {
          const std::int64_t at_y = y + (image ? tap / k - halo : 0);
          const std::int64_t at_x = x + tap % k * s.product.dilation - halo;
          if (at_y < 0 || at_y >= height || at_x < 0 || at_x >= width) continue;
          for (std::int64_t i = 0; i < ins; ++i) {
            sum += weight[static_cast<std::size_t>((o * ins + i) * k_down * k + tap)] *
                   in[static_cast<std::size_t>((at_y * width + at_x) * ins + i)];
          }
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

double dot(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Operands of one product and its gradients, all of which hold something already.
struct Product {
  Shapes shapes;
  Tensor weight, bias, in, out_gradient;
  Tensor out, in_gradient, weight_gradient, bias_gradient;

  explicit Product(const Shapes& s)
      : shapes(s),
        weight(random_of(s.weight, 1)),
        bias(random_of({s.weight[0]}, 2)),
        in(random_of(s.in, 3)),
        out_gradient(random_of(s.out, 4)),
        out(random_of(s.out, 5)),
        in_gradient(random_of(s.in, 6)),
        weight_gradient(random_of(s.weight, 7)),
        bias_gradient(random_of({s.weight[0]}, 8)) {}

  void zero() {
    weight_gradient = Tensor(DType::kF32, shapes.weight);
    bias_gradient = Tensor(DType::kF32, {shapes.weight[0]});
  }
  void run(const Backend& on, bool add) {
    const GradientOps& ops = *on.gradients();
    ops.product({.shape = shapes.product,
                 .weight = weight.view(),
                 .bias = bias.view(),
                 .in = in.view(),
                 .out = out.view(),
                 .accumulate = add});
    ops.product_gradient({.shape = shapes.product,
                          .weight = weight.view(),
                          .in = in.view(),
                          .out_gradient = out_gradient.view(),
                          .in_gradient = {.view = in_gradient.view(), .add = add},
                          .weight_gradient = weight_gradient.view(),
                          .bias_gradient = bias_gradient.view()});
  }
};

class SmallProduct : public ::testing::TestWithParam<Shapes> {};
class LargeProduct : public ::testing::TestWithParam<Shapes> {};

TEST_P(SmallProduct, OfTheReferenceHasTheGradientsOfFiniteDifferences) {
  const Shapes& s = GetParam();
  Product p(s);
  p.zero();
  p.run(backend("reference"), false);
  const Values weight = values_of(p.weight.view());
  const Values bias = values_of(p.bias.view());
  const Values in = values_of(p.in.view());
  const Values seed = values_of(p.out_gradient.view());
  const Values wanted = product_of(s, weight, bias, in);
  const Values out = values_of(p.out.view());
  ASSERT_EQ(out.size(), wanted.size());
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], wanted[i], 1e-6);
  expect_gradient(
      "weight",
      [&](const Values& w) { return dot(seed, product_of(s, w, bias, in)); },
      p.weight.view(),
      p.weight_gradient.view());
  expect_gradient(
      "bias",
      [&](const Values& b) { return dot(seed, product_of(s, weight, b, in)); },
      p.bias.view(),
      p.bias_gradient.view());
  expect_gradient(
      "input",
      [&](const Values& x) { return dot(seed, product_of(s, weight, bias, x)); },
      p.in.view(),
      p.in_gradient.view());
}

/// fp32 sums of up to 1458 products (a weight's gradient: over all rows) of magnitude under 1.
TEST_P(LargeProduct, OfTheCpuIsTheReferences) {
  for (const bool add : {false, true}) {
    Product ours(GetParam());
    Product theirs(GetParam());
    ours.run(backend("cpu"), add);
    theirs.run(backend("reference"), add);
    EXPECT_LT(max_difference(ours.out.view(), theirs.out.view()), 4e-5) << add;
    EXPECT_LT(max_difference(ours.in_gradient.view(), theirs.in_gradient.view()), 4e-5) << add;
    EXPECT_LT(max_difference(ours.weight_gradient.view(), theirs.weight_gradient.view()), 4e-5);
    EXPECT_LT(max_difference(ours.bias_gradient.view(), theirs.bias_gradient.view()), 4e-5);
  }
}

TEST_P(LargeProduct, HasTheSameBitsForAnyNumberOfThreads) {
  Product one(GetParam());
  Product many(GetParam());
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    one.run(backend("cpu"), false);
  }
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 5);
    many.run(backend("cpu"), false);
  }
  EXPECT_TRUE(same_bits(one.out.view(), many.out.view()));
  EXPECT_TRUE(same_bits(one.in_gradient.view(), many.in_gradient.view()));
  EXPECT_TRUE(same_bits(one.weight_gradient.view(), many.weight_gradient.view()));
  EXPECT_TRUE(same_bits(one.bias_gradient.view(), many.bias_gradient.view()));
}

std::string name_of_case(const ::testing::TestParamInfo<Shapes>& info) { return info.param.name; }
/// The definition of a patch: out[r][o] = bias[o] + sum of in[r size + k][i] weight[o][i][k].
Values patch_of(const Values& weight, const Values& bias, const Values& in, std::size_t ins) {
  const std::size_t outs = bias.size();
  const std::size_t size = weight.size() / outs / ins;
  Values out;
  for (std::size_t r = 0; r < in.size() / ins / size; ++r) {
    for (std::size_t o = 0; o < outs; ++o) {
      double sum = bias[o];
      for (std::size_t k = 0; k < size; ++k) {
        for (std::size_t i = 0; i < ins; ++i) {
          sum += in[(r * size + k) * ins + i] * weight[(o * ins + i) * size + k];
        }
      }
      out.push_back(sum);
    }
  }
  return out;
}

TEST(PatchProduct, OfTheReferenceHasTheGradientsOfFiniteDifferences) {
  Product p({"Patch", {2, 3, 2}, {6, 3}, {3, 2}, {.patch = true}});
  p.zero();
  p.run(backend("reference"), false);
  const Values weight = values_of(p.weight.view());
  const Values bias = values_of(p.bias.view());
  const Values in = values_of(p.in.view());
  const Values seed = values_of(p.out_gradient.view());
  const Values wanted = patch_of(weight, bias, in, 3);
  const Values out = values_of(p.out.view());
  ASSERT_EQ(out.size(), wanted.size());
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], wanted[i], 1e-6);
  expect_gradient(
      "weight",
      [&](const Values& at) { return dot(patch_of(at, bias, in, 3), seed); },
      p.weight.view(),
      p.weight_gradient.view());
  expect_gradient(
      "input",
      [&](const Values& at) { return dot(patch_of(weight, bias, at, 3), seed); },
      p.in.view(),
      p.in_gradient.view());
}

TEST(PatchProduct, RefusesRowsThatItsPatchesDoNotDivide) {
  Product p({"Patch", {2, 3, 2}, {5, 3}, {2, 2}, {.patch = true}});
  for (const char* on : {"reference", "cpu"}) {
    EXPECT_THAT([&] { p.run(backend(on), false); },
                testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("patch")));
  }
}

INSTANTIATE_TEST_SUITE_P(, SmallProduct, ::testing::ValuesIn(small_shapes()), name_of_case);
INSTANTIATE_TEST_SUITE_P(, LargeProduct, ::testing::ValuesIn(large_shapes()), name_of_case);

class ProductOn : public ::testing::TestWithParam<std::string> {};

TEST_P(ProductOn, GradientsThatAreNotWantedAreNotComputed) {
  Product p(small_shapes()[1]);
  backend(GetParam())
      .gradients()
      ->product_gradient({.shape = {},
                          .weight = p.weight.view(),
                          .in = p.in.view(),
                          .out_gradient = p.out_gradient.view(),
                          .in_gradient = {}});
  EXPECT_TRUE(same_bits(p.in_gradient.view(), Product(p.shapes).in_gradient.view()));
}

TEST_P(ProductOn, AWeightGradientOfAnotherShapeIsRefusedWithBothShapes) {
  Product p(small_shapes()[0]);
  const Tensor wrong(DType::kF32, {3, 5});
  try {
    backend(GetParam())
        .gradients()
        ->product_gradient({.shape = {},
                            .weight = p.weight.view(),
                            .in = p.in.view(),
                            .out_gradient = p.out_gradient.view(),
                            .in_gradient = {},
                            .weight_gradient = wrong.view()});
    FAIL() << "was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(),
                ::testing::AllOf(::testing::HasSubstr("linear"),
                                 ::testing::HasSubstr("f32 (3, 4)"),
                                 ::testing::HasSubstr("f32 (3, 5)")));
  }
}

INSTANTIATE_TEST_SUITE_P(, ProductOn, ::testing::Values("reference", "cpu"));

}  // namespace
}  // namespace heddle::attention
