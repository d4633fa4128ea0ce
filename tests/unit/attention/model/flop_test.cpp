// The operations that speeds are quoted on, counted from the model's shapes by hand.

#include "attention/backend/backend.h"
#include "attention/model/model.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

TEST(Flop, OfTheGeneModelIsThatOfItsProductsAndItsAttention) {
  const Model model = Model::load(HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors",
                                  backend("reference"));
  constexpr double kBases = 768;
  constexpr double kTokens = kBases / 6;
  constexpr double kWidth = 256;
  const double stem = kBases * 3 * (96 * 96 * 5 + 96 * 96);  // the one-hot convolution only adds
  const double patches = kTokens * (96 * 6) * kWidth + kTokens * kWidth * (64 * 6);
  const double projections = kTokens * (kWidth * 3 * kWidth + kWidth * kWidth);
  const double attention = 2 * kTokens * kTokens * kWidth;
  const double swiglu = kTokens * 3 * kWidth * 680;
  const double heads = kBases * (96 * 160 * 7 + 8 * 96);
  const double wanted = 2 * (stem + patches + 8 * (projections + attention + swiglu) + heads);
  EXPECT_EQ(model.make_workspace("forward", {shape_of(DType::kU8, {768})}).flop(), wanted);
}

}  // namespace
}  // namespace heddle::attention
