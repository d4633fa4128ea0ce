// Gradients of row-wise and element-wise operations: the reference against finite differences of
// their formulas in double, the cpu against the reference, and the law that threads change no bit.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/gradients/finite_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

namespace heddle::attention {
namespace {

using Op = void (GradientOps::*)(const RowGradientArgs&) const;

struct Operation {
  std::string name;
  Op op;
  /// One row by the definition: (x, gain, bias) -> y.
  std::function<Values(const Values&, const Values&, const Values&)> row;
  bool gain = false;
  bool bias = false;
  std::int64_t in_per_out = 1;
  double tolerance = 4e-6;  // of the cpu: fp32 rows of up to 1361 values under 2
};

void PrintTo(const Operation& o, std::ostream* os) { *os << o.name; }

constexpr float kEps = 1e-3f;

Values each(const Values& x, const std::function<double(double)>& f) {
  Values y;
  for (const double one : x) y.push_back(f(one));
  return y;
}

Values normalised(const Values& x, const Values& gain, const Values& bias, bool centred) {
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  for (const double one : x) mean += centred ? one / n : 0;
  double squares = 0;
  for (const double one : x) squares += (one - mean) * (one - mean) / n;
  Values y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y.push_back(gain[i] * (x[i] - mean) / std::sqrt(squares + double{kEps}) +
                (centred ? bias[i] : 0));
  }
  return y;
}

Values l2_normalised(const Values& x) {
  double squares = 0;
  for (const double one : x) squares += one * one;
  return each(x, [&](double one) { return one / std::max(std::sqrt(squares), double{kEps}); });
}

Values swiglu_of(const Values& x) {
  Values y;
  const std::size_t n = x.size() / 2;
  for (std::size_t i = 0; i < n; ++i) y.push_back(x[i] / (1 + std::exp(-x[i])) * x[n + i]);
  return y;
}

std::vector<Operation> operations() {
  const auto gelu = [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  return {{.name = "RmsNorm",
           .op = &GradientOps::rms_norm_gradient,
           .row = [](auto& x, auto& gain, auto& bias) { return normalised(x, gain, bias, false); },
           .gain = true,
           .tolerance = 2e-5},
          {.name = "LayerNorm",
           .op = &GradientOps::layer_norm_gradient,
           .row = [](auto& x, auto& gain, auto& bias) { return normalised(x, gain, bias, true); },
           .gain = true,
           .bias = true,
           .tolerance = 2e-5},
          {.name = "L2Normalize",
           .op = &GradientOps::l2_normalize_gradient,
           .row = [](auto& x, auto&, auto&) { return l2_normalised(x); }},
          {.name = "Gelu",
           .op = &GradientOps::gelu_gradient,
           .row = [gelu](auto& x, auto&, auto&) { return each(x, gelu); }},
          {.name = "Relu",
           .op = &GradientOps::relu_gradient,
           .row = [](auto& x,
                     auto&,
                     auto&) { return each(x, [](double one) { return std::max(one, 0.0); }); }},
          {.name = "Swiglu",
           .op = &GradientOps::swiglu_gradient,
           .row = [](auto& x, auto&, auto&) { return swiglu_of(x); },
           .in_per_out = 2}};
}

/// Operands of one gradient, which hold something already.
struct Rows {
  Tensor in, gain, bias, out_gradient;
  Tensor in_gradient, gain_gradient, bias_gradient;

  Rows(const Operation& o, std::int64_t rows, std::int64_t channels)
      : in(random_tensor({rows, o.in_per_out * channels}, 1, 2)),
        gain(random_tensor({channels}, 2)),
        bias(random_tensor({channels}, 3)),
        out_gradient(random_tensor({rows, channels}, 4)),
        in_gradient(random_tensor({rows, o.in_per_out * channels}, 5)),
        gain_gradient(random_tensor({channels}, 6)),
        bias_gradient(random_tensor({channels}, 7)) {}

  void run(const Operation& o, const Backend& on, bool add) const {
    (on.gradients()->*o.op)({.in = in.view(),
                             .gain = o.gain ? gain.view() : TensorView{},
                             .eps = kEps,
                             .out_gradient = out_gradient.view(),
                             .in_gradient = {.view = in_gradient.view(), .add = add},
                             .gain_gradient = o.gain ? gain_gradient.view() : TensorView{},
                             .bias_gradient = o.bias ? bias_gradient.view() : TensorView{}});
  }
};

class RowGradientOf : public ::testing::TestWithParam<Operation> {};
class EqualSizedRowGradientOf : public RowGradientOf {};

/// sum over rows of dy . row(x)
double loss(const Operation& o,
            const Values& x,
            const Values& gain,
            const Values& bias,
            const Values& seed) {
  const std::size_t channels = gain.size();
  const std::size_t width = channels * static_cast<std::size_t>(o.in_per_out);
  double sum = 0;
  for (std::size_t r = 0; r * channels < seed.size(); ++r) {
    const Values row(x.begin() + static_cast<std::ptrdiff_t>(r * width),
                     x.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
    const Values y = o.row(row, gain, bias);
    for (std::size_t i = 0; i < channels; ++i) sum += seed[r * channels + i] * y[i];
  }
  return sum;
}

TEST_P(RowGradientOf, TheReferenceIsThatOfFiniteDifferences) {
  const Operation& o = GetParam();
  Rows rows(o, 3, 7);
  rows.gain_gradient = Tensor(DType::kF32, {7});
  rows.bias_gradient = Tensor(DType::kF32, {7});
  rows.run(o, backend("reference"), false);
  const Values x = values_of(rows.in.view());
  const Values gain = values_of(rows.gain.view());
  const Values bias = values_of(rows.bias.view());
  const Values seed = values_of(rows.out_gradient.view());
  expect_gradient(
      "input",
      [&](const Values& at) { return loss(o, at, gain, bias, seed); },
      rows.in.view(),
      rows.in_gradient.view());
  if (o.gain) {
    expect_gradient(
        "gain",
        [&](const Values& at) { return loss(o, x, at, bias, seed); },
        rows.gain.view(),
        rows.gain_gradient.view());
  }
  if (o.bias) {
    expect_gradient(
        "bias",
        [&](const Values& at) { return loss(o, x, gain, at, seed); },
        rows.bias.view(),
        rows.bias_gradient.view());
  }
}

TEST_P(RowGradientOf, TheCpuIsTheReferences) {
  const Operation& o = GetParam();
  for (const auto& [rows, channels] : {std::pair{1, 1}, {5, 3}, {70, 96}, {33, 1361}}) {
    for (const bool add : {false, true}) {
      const Rows ours(o, rows, channels);
      const Rows theirs(o, rows, channels);
      ours.run(o, backend("cpu"), add);
      theirs.run(o, backend("reference"), add);
      const auto differs = [](const Tensor& a, const Tensor& b) {
        return max_difference(a.view(), b.view());
      };
      EXPECT_LE(differs(ours.in_gradient, theirs.in_gradient), o.tolerance) << channels << add;
      EXPECT_LE(differs(ours.gain_gradient, theirs.gain_gradient), o.tolerance) << channels;
      EXPECT_LE(differs(ours.bias_gradient, theirs.bias_gradient), o.tolerance) << channels;
    }
  }
}

TEST_P(RowGradientOf, TheCpuHasTheSameBitsForAnyNumberOfThreads) {
  const Operation& o = GetParam();
  const Rows one(o, 900, 100);
  const Rows many(o, 900, 100);
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    one.run(o, backend("cpu"), false);
  }
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 5);
    many.run(o, backend("cpu"), false);
  }
  EXPECT_TRUE(same_bits(one.in_gradient.view(), many.in_gradient.view()));
  EXPECT_TRUE(same_bits(one.gain_gradient.view(), many.gain_gradient.view()));
  EXPECT_TRUE(same_bits(one.bias_gradient.view(), many.bias_gradient.view()));
}

TEST_P(EqualSizedRowGradientOf, MayTakeThePlaceOfTheOutputsGradient) {
  const Operation& o = GetParam();
  for (const char* name : {"reference", "cpu"}) {
    const Rows apart(o, 9, 50);
    Rows together(o, 9, 50);
    apart.run(o, backend(name), false);
    together.in_gradient = random_tensor({9, 50}, 4);  // what out_gradient holds
    (backend(name).gradients()->*o.op)({.in = together.in.view(),
                                        .gain = o.gain ? together.gain.view() : TensorView{},
                                        .eps = kEps,
                                        .out_gradient = together.in_gradient.view(),
                                        .in_gradient = {.view = together.in_gradient.view()}});
    EXPECT_TRUE(same_bits(apart.in_gradient.view(), together.in_gradient.view())) << name;
  }
}

std::string name_of_operation(const ::testing::TestParamInfo<Operation>& one) {
  return one.param.name;
}

/// Those whose input is as large as their output.
std::vector<Operation> equal_sized() {
  std::vector<Operation> all = operations();
  std::erase_if(all, [](const Operation& o) { return o.in_per_out != 1; });
  return all;
}

INSTANTIATE_TEST_SUITE_P(, RowGradientOf, ::testing::ValuesIn(operations()), name_of_operation);
INSTANTIATE_TEST_SUITE_P(,
                         EqualSizedRowGradientOf,
                         ::testing::ValuesIn(equal_sized()),
                         name_of_operation);

TEST(GeluGradient, HoldsFarFromZeroAndKeepsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Tensor x(DType::kF32, {4});
  const float values[] = {-40, 40, -13, nan};
  std::copy(std::begin(values), std::end(values), x.view().as<float>());
  Tensor one(DType::kF32, {4});
  std::fill_n(one.view().as<float>(), 4, 1.0f);
  const Tensor to(DType::kF32, {4});
  backend("cpu").gradients()->gelu_gradient(
      {.in = x.view(), .out_gradient = one.view(), .in_gradient = {.view = to.view()}});
  const auto* slope = to.view().as<float>();
  EXPECT_NEAR(slope[0], 0, 1e-30);
  EXPECT_EQ(slope[1], 1);
  EXPECT_NEAR(slope[2], 0, 1e-30);
  EXPECT_TRUE(std::isnan(slope[3]));
}

}  // namespace
}  // namespace heddle::attention
