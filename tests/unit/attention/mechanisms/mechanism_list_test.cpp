// The grammar of mechanisms, and rows of length 1.

#include "attention/mechanisms/mechanism.h"
#include "attention/mechanisms/unit_rows.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

TEST(MechanismText, ReadsBackWhatItWrites) {
  for (const char* text : {"lsh(16,64,causal,rounds=2)",
                           "lsh(4,8,rounds=1)",
                           "routing(8,64,causal)",
                           "routing(8,64)",
                           "sinkhorn(64,iterations=5,temperature=75)",
                           "nsa(64,16,512)",
                           "linear()",
                           "delta()",
                           "gated(64,2,temperature=50,seed=9)"}) {
    EXPECT_EQ(parse_mechanism(text)->text(), text);
  }
  EXPECT_EQ(parse_mechanism("sinkhorn(8)")->text(), "sinkhorn(8,iterations=7,temperature=75)");
}

TEST(MechanismText, OfNoMechanismIsRefusedWithWhatWasExpected) {
  const auto refusal = [](const char* text) {
    try {
      parse_mechanism(text);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal("hashing(4)"), testing::HasSubstr("lsh, routing, sinkhorn"));
  EXPECT_THAT(refusal("lsh(3,8)"), testing::HasSubstr("even number of buckets, found 3"));
  EXPECT_THAT(refusal("nsa(0,1,2)"), testing::HasSubstr("block from 1 to"));
  EXPECT_THAT(refusal("nsa(8,1)"), testing::HasSubstr("column 8: expected window"));
  EXPECT_THAT(refusal("linear(3)"), testing::HasSubstr("expected ')', found '3'"));
  EXPECT_THAT(refusal("gated(8,1,temperature=0)"), testing::HasSubstr("temperature from 1 to"));
}

TEST(MechanismRows, NameEveryMechanismAndItsPaper) {
  EXPECT_EQ(mechanism_rows().size(), 7u);
  for (const MechanismRow& row : mechanism_rows()) {
    EXPECT_TRUE(row.usage.starts_with(row.name)) << row.name;
    EXPECT_THAT(std::string(row.paper), testing::StartsWith("arXiv"));
  }
}

TEST(UnitRows, HaveLengthOneAndTheirGradientIsASlope) {
  std::mt19937_64 random(5);
  const Tensor rows = random_rows({2, 7, 4}, random);
  std::fill_n(rows.view().as<float>(), 4, 0.0f);  // a row of zeros stays one
  const Tensor weights = random_rows({2, 7, 4}, random);
  const Tensor gradient = zeros_like(rows.view());
  copy(weights.view(), gradient.view());
  unit_rows_gradient(rows.view(), gradient.view());
  const Tensor made = unit_rows(rows.view());
  for (std::int64_t i = 0; i < 14; ++i) {
    double squares = 0;
    for (int c = 0; c < 4; ++c) squares += std::pow(made.view().as<float>()[i * 4 + c], 2);
    EXPECT_NEAR(squares, i == 0 ? 0 : 1, 1e-6);
  }
  for (int c = 0; c < 4; ++c) EXPECT_EQ(gradient.view().as<float>()[c], 0);
  std::fill_n(rows.view().as<float>(), 4, 1.0f);  // now away from the corner of |x|
  copy(weights.view(), gradient.view());
  unit_rows_gradient(rows.view(), gradient.view());
  expect_slopes(
      [&] { return weighted_sum(unit_rows(rows.view()), weights); }, rows, gradient, "rows");
}

}  // namespace
}  // namespace heddle::attention
