#include "pipeline/encoders/bases.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::pipeline {
namespace {

TEST(Bases, LettersOfEitherCaseBecomeCodesAndAllOthersN) {
  std::vector<std::uint8_t> codes(10);
  encode_bases("ACGTNacgtR", codes);
  EXPECT_EQ(codes, (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

TEST(Bases, TheReverseComplementOfTheReverseComplementIsTheSequence) {
  const std::vector<std::uint8_t> codes = {0, 1, 2, 3, 4, 0, 0, 3};
  std::vector<std::uint8_t> once(8);
  std::vector<std::uint8_t> twice(8);
  reverse_complement(codes, once);
  EXPECT_EQ(once, (std::vector<std::uint8_t>{0, 3, 3, 4, 0, 1, 2, 3}));
  reverse_complement(once, twice);
  EXPECT_EQ(twice, codes);
}

TEST(Bases, RefusesSizesThatDisagree) {
  std::vector<std::uint8_t> codes(3);
  EXPECT_THROW(encode_bases("ACGT", codes), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
