// Row-wise and element-wise operations: the reference against their formulas, the cpu against the
// reference, and the laws that bits depend on nothing but the row.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <functional>

namespace heddle::attention {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// An operation from rows of `in_per_out * channels` to rows of `channels`.
struct Operation {
  const char* name;
  std::int64_t in_per_out;
  double tolerance;
  std::function<void(const Backend&, const TensorView&, const TensorView&)> apply;
};

void PrintTo(const Operation& o, std::ostream* os) { *os << o.name; }

/// Inputs lie in [-4, 4). gelu and swiglu: one rounding of values up to 16 and an exponential good
/// to 1 ulp. The norms: sums of up to 1361 squares in fp32, about sqrt(n) * 2^-24 relative, times
/// outputs of about 4. add and relu round as the reference does.
std::vector<Operation> operations() {
  return {
      {"gelu", 1, 1e-6, [](auto& on, auto& in, auto& out) { on.gelu(in, out); }},
      {"relu", 1, 0, [](auto& on, auto& in, auto& out) { on.relu(in, out); }},
      {"add", 1, 0, [](auto& on, auto& in, auto& out) { on.add(in, in, out); }},
      {"swiglu", 2, 4e-6, [](auto& on, auto& in, auto& out) { on.swiglu(in, out); }},
      {"rms_norm",
       1,
       3e-6,
       [](auto& on, auto& in, auto& out) {
         on.rms_norm(in, random_tensor({in.shape[in.rank - 1]}, 5).view(), 1e-6f, out);
       }},
      {"layer_norm",
       1,
       3e-6,
       [](auto& on, auto& in, auto& out) {
         const std::int64_t channels = in.shape[in.rank - 1];
         on.layer_norm(in,
                       random_tensor({channels}, 5).view(),
                       random_tensor({channels}, 6).view(),
                       1e-5f,
                       out);
       }},
      {"l2_normalize",
       1,
       1e-6,
       [](auto& on, auto& in, auto& out) { on.l2_normalize(in, 1e-12f, out); }},
  };
}

class RowOperation : public ::testing::TestWithParam<Operation> {};

TEST_P(RowOperation, AgreesWithTheReferenceForAnyNumberOfRowsAndChannels) {
  const Operation& op = GetParam();
  for (const std::int64_t channels : {1, 3, 8, 13, 96, 257, 1361}) {
    for (const std::int64_t rows : {1, 7, 130}) {
      const Tensor in = random_tensor({rows, channels * op.in_per_out}, 1, 4);
      const Tensor expected(DType::kF32, {rows, channels});
      const Tensor got(DType::kF32, {rows, channels});
      op.apply(backend("reference"), in.view(), expected.view());
      op.apply(backend("cpu"), in.view(), got.view());
      EXPECT_LE(max_difference(expected.view(), got.view()), op.tolerance)
          << rows << " rows of " << channels;
    }
  }
}

TEST_P(RowOperation, FollowsTheStridesOfAPermutedOperand) {
  const Operation& op = GetParam();
  const Tensor in = random_tensor({5, 6, 20 * op.in_per_out}, 1, 4);
  const Tensor turned(DType::kF32, {6, 5, 20 * op.in_per_out});
  copy(in.view().permute({1, 0, 2}), turned.view());
  const Tensor expected(DType::kF32, {6, 5, 20});
  const Tensor wide = random_tensor({6, 5, 27}, 2);
  const TensorView out = wide.view().slice(2, 4, 20);
  op.apply(backend("cpu"), turned.view(), expected.view());
  op.apply(backend("cpu"), in.view().permute({1, 0, 2}), out);
  EXPECT_EQ(max_difference(expected.view(), out), 0);
  const Tensor untouched = random_tensor({6, 5, 27}, 2);
  copy(untouched.view().slice(2, 4, 20), out);
  EXPECT_TRUE(same_bits(wide.view(), untouched.view()));
}

TEST_P(RowOperation, ARowAloneHasTheBitsItHasInABatchOnAnyNumberOfThreads) {
  const Operation& op = GetParam();
  const Tensor in = random_tensor({1000, 77 * op.in_per_out}, 1, 4);
  const Tensor one(DType::kF32, {1000, 77});
  const Tensor two(DType::kF32, {1000, 77});
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    op.apply(backend("cpu"), in.view(), one.view());
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 2);
  op.apply(backend("cpu"), in.view(), two.view());
  EXPECT_TRUE(same_bits(one.view(), two.view()));
  for (const std::int64_t row : {0, 1, 500, 999}) {
    const Tensor alone(DType::kF32, {1, 77});
    op.apply(backend("cpu"), in.view().slice(0, row, 1), alone.view());
    EXPECT_TRUE(same_bits(alone.view(), two.view().slice(0, row, 1))) << "row " << row;
  }
}

TEST_P(RowOperation, RefusesShapesThatDisagreeAndNamesBoth) {
  const Operation& op = GetParam();
  const Tensor in(DType::kF32, {4, 8 * op.in_per_out});
  const Tensor out(DType::kF32, {4, 9});
  for (const char* name : {"reference", "cpu"}) {
    try {
      op.apply(backend(name), in.view(), out.view());
      FAIL() << name << " took it";
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(
          error.what(),
          AllOf(
              HasSubstr(op.name), HasSubstr(describe(in.view())), HasSubstr(describe(out.view()))));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every,
                         RowOperation,
                         ::testing::ValuesIn(operations()),
                         [](const auto& at) { return at.param.name; });

TEST(RowOperations, ThatKeepTheShapeMayWorkInPlace) {
  for (const Operation& op : operations()) {
    if (op.in_per_out != 1) continue;
    const Tensor in = random_tensor({9, 37}, 1, 4);
    const Tensor expected(DType::kF32, {9, 37});
    op.apply(backend("cpu"), in.view(), expected.view());
    op.apply(backend("cpu"), in.view(), in.view());
    EXPECT_TRUE(same_bits(expected.view(), in.view())) << op.name;
  }
}

TEST(Gelu, IsWithinAMillionthOfTheDefinitionOverTheWholeLine) {
  const std::int64_t n = 400001;
  Tensor x(DType::kF32, {n});
  for (std::int64_t i = 0; i < n; ++i) x.view().as<float>()[i] = -10.0f + 20.0f * i / (n - 1);
  const Tensor expected(DType::kF32, {n});
  const Tensor got(DType::kF32, {n});
  backend("reference").gelu(x.view(), expected.view());
  backend("cpu").gelu(x.view(), got.view());
  EXPECT_LT(max_difference(expected.view(), got.view()), 1e-6);
}

TEST(Activations, KeepTheirLimitsAndPassNotANumberOn) {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  constexpr float kHuge = 3e38f;
  for (const char* name : {"reference", "cpu"}) {
    float x[] = {0, -kHuge, kHuge, kNone, -20, 20, 1e20f, -1e20f};
    float y[8];
    backend(name).gelu(view_of(x, {8}), view_of(y, {8}));
    EXPECT_THAT(y,
                ::testing::ElementsAre(0,
                                       ::testing::FloatNear(0, 1e-30f),
                                       kHuge,
                                       ::testing::NanSensitiveFloatEq(kNone),
                                       ::testing::FloatNear(0, 1e-30f),
                                       20,
                                       1e20f,
                                       ::testing::FloatNear(0, 1e-30f)));
    backend(name).relu(view_of(x, {8}), view_of(y, {8}));
    EXPECT_TRUE(std::isnan(y[3]));
    float gates[] = {-kHuge, 1, kHuge, 1, -200, 1, 0, 1};
    float out[4];
    backend(name).swiglu(view_of(gates, {4, 2}), view_of(out, {4, 1}));
    EXPECT_THAT(out, ::testing::ElementsAre(-0.0f, kHuge, ::testing::FloatNear(0, 1e-30f), 0));
  }
}

TEST(Norms, OfTheReferenceFollowTheirFormulas) {
  float x[] = {3, -4};
  float gain[] = {2, 10};
  float bias[] = {1, 0};
  float y[2];
  const Backend& judge = backend("reference");
  judge.l2_normalize(view_of(x, {1, 2}), 1e-12f, view_of(y, {1, 2}));
  EXPECT_THAT(y, ::testing::ElementsAre(0.6f, -0.8f));
  judge.l2_normalize(view_of(x, {1, 2}), 10, view_of(y, {1, 2}));
  EXPECT_THAT(y, ::testing::ElementsAre(0.3f, -0.4f));
  judge.rms_norm(view_of(x, {1, 2}), view_of(gain, {2}), 0, view_of(y, {1, 2}));
  EXPECT_FLOAT_EQ(y[0], 6 / std::sqrt(12.5f));
  EXPECT_FLOAT_EQ(y[1], -40 / std::sqrt(12.5f));
  judge.layer_norm(
      view_of(x, {1, 2}), view_of(gain, {2}), view_of(bias, {2}), 0, view_of(y, {1, 2}));
  EXPECT_THAT(y, ::testing::ElementsAre(3, -10));
}

TEST(Norms, OfZerosAreZeros) {
  for (const char* name : {"reference", "cpu"}) {
    const Tensor zeros(DType::kF32, {3, 21});
    const Tensor out = random_tensor({3, 21}, 1);
    backend(name).l2_normalize(zeros.view(), 1e-12f, out.view());
    EXPECT_EQ(max_difference(zeros.view(), out.view()), 0);
    backend(name).rms_norm(zeros.view(), random_tensor({21}, 2).view(), 1e-6f, out.view());
    EXPECT_EQ(max_difference(zeros.view(), out.view()), 0);
  }
}

class Rotary : public ::testing::TestWithParam<std::int64_t> {};  // by first position

TEST_P(Rotary, AgreesWithTheReferenceAtAnyPosition) {
  for (const std::int64_t dim : {2, 10, 32, 128}) {
    const Tensor expected = random_tensor({3, 150, dim}, 1);
    const Tensor got = random_tensor({3, 150, dim}, 1);
    backend("reference").rotary({.x = expected.view(), .first_position = GetParam()});
    backend("cpu").rotary({.x = got.view(), .first_position = GetParam()});
    // fp32 products of size 1; angles agree to 1e-16 of their size, 1e-6 at position 10^10.
    EXPECT_LE(max_difference(expected.view(), got.view()), 5e-7 + 2e-16 * GetParam());
  }
}

TEST_P(Rotary, ComesBackByItsInverse) {
  for (const char* name : {"reference", "cpu"}) {
    const Tensor x = random_tensor({2, 70, 32}, 1);
    const Tensor before = random_tensor({2, 70, 32}, 1);
    backend(name).rotary({.x = x.view(), .first_position = GetParam()});
    backend(name).rotary({.x = x.view(), .first_position = GetParam(), .inverse = true});
    EXPECT_LE(max_difference(x.view(), before.view()), 5e-7);
  }
}

TEST_P(Rotary, GivesAPositionTheSameBitsHoweverTheRowsAreCut) {
  const Tensor whole = random_tensor({2, 200, 32}, 1);
  const Tensor parts = random_tensor({2, 200, 32}, 1);
  backend("cpu").rotary({.x = whole.view(), .first_position = GetParam()});
  for (std::int64_t begin = 0, count = 1; begin < 200; begin += count, count = 2 * count + 1) {
    count = std::min<std::int64_t>(count, 200 - begin);
    backend("cpu").rotary(
        {.x = parts.view().slice(1, begin, count), .first_position = GetParam() + begin});
  }
  EXPECT_TRUE(same_bits(whole.view(), parts.view()));
}

INSTANTIATE_TEST_SUITE_P(Positions,
                         Rotary,
                         ::testing::Values(0, 63, 1000003, std::int64_t{10000000000}));

TEST(RotaryDefinition, TurnsThePairsOfThetaOneByThePosition) {
  float x[] = {1, 0, 0, 1};  // pairs (0, 2), (1, 3)
  backend("reference").rotary({.x = view_of(x, {1, 1, 4}), .first_position = 2, .theta = 100});
  EXPECT_FLOAT_EQ(x[0], std::cos(2.0f));
  EXPECT_FLOAT_EQ(x[2], std::sin(2.0f));
  EXPECT_FLOAT_EQ(x[1], -std::sin(0.2f));
  EXPECT_FLOAT_EQ(x[3], std::cos(0.2f));
}

TEST(RotaryDefinition, RefusesAnOddDimension) {
  const Tensor x(DType::kF32, {1, 4, 7});
  for (const char* name : {"reference", "cpu"}) {
    EXPECT_THROW(backend(name).rotary({.x = x.view()}), std::invalid_argument);
  }
}

}  // namespace
}  // namespace heddle::attention
