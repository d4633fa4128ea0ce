#include "attention/tensor/tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace heddle::attention {
namespace {

TEST(Tensor, SlicesShareMemoryAndPermutesOnlyTurnStrides) {
  Tensor owner(DType::kF32, {2, 3, 4});
  float* data = owner.view().as<float>();
  for (int i = 0; i < 24; ++i) data[i] = static_cast<float>(i);
  const TensorView turned = owner.view().permute({1, 0, 2});
  EXPECT_EQ(turned.shape[0], 3);
  EXPECT_FALSE(turned.contiguous());
  EXPECT_EQ(turned.at(0, 2).at(0, 1).as<float>()[3], 23.0f);
  EXPECT_EQ(owner.view().slice(1, 1, 2).as<float>(), data + 4);
}

TEST(Tensor, AskingForTheWrongTypeOrRowsIsAnErrorThatNamesBoth) {
  const Tensor owner(DType::kF32, {2, 3});
  EXPECT_THROW(owner.view().as<double>(), std::invalid_argument);
  EXPECT_THROW(owner.view().slice(0, 1, 2), std::out_of_range);
  EXPECT_THROW(owner.view().reshape({5}), std::invalid_argument);
  EXPECT_EQ(describe(owner.view()), "f32 (2, 3)");
}

TEST(Tensor, RefusesAShapeThatOverflows) {
  EXPECT_THROW(Tensor(DType::kF32, {std::int64_t{1} << 40, std::int64_t{1} << 40}),
               std::invalid_argument);
  EXPECT_THROW(Tensor(DType::kF32, {-1}), std::invalid_argument);
}

TEST(DType, EveryHalfSurvivesARoundTripThroughFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const float wide = to_float(half);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(to_float(half_from(wide))));
    } else {
      EXPECT_EQ(half_from(wide).bits, half.bits);
    }
  }
}

TEST(DType, RoundsToNearestEvenAndOverflowsToInfinity) {
  EXPECT_EQ(half_from(1.0f + 0x1p-11f).bits, half_from(1.0f).bits);  // tie to even
  EXPECT_EQ(half_from(1.0f + 3 * 0x1p-11f).bits, half_from(1.0f + 0x1p-9f).bits);
  EXPECT_TRUE(std::isinf(to_float(half_from(65520.0f))));
  EXPECT_EQ(to_float(half_from(65519.0f)), 65504.0f);
  EXPECT_EQ(to_float(half_from(0x1p-24f)), 0x1p-24f);
  EXPECT_EQ(bfloat16_from(1.0f + 0x1p-8f).bits, bfloat16_from(1.0f).bits);
  EXPECT_TRUE(std::isnan(to_float(bfloat16_from(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Tensor, CopyConvertsBetweenFloatTypesThroughStrides) {
  Tensor wide(DType::kF32, {2, 2});
  wide.view().as<float>()[1] = 1.5f;
  Tensor narrow(DType::kBF16, {2, 2});
  copy(wide.view().permute({1, 0}), narrow.view());
  EXPECT_EQ(to_float(narrow.view().as<BFloat16>()[2]), 1.5f);
  EXPECT_THROW(copy(wide.view(), wide.view().slice(0, 0, 1)), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
