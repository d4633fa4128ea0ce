#include "attention/patterns/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

using testing::HasSubstr;

struct Canonical {
  std::string written;
  std::string text;
};
class CanonicalText : public testing::TestWithParam<Canonical> {};

TEST_P(CanonicalText, IsWhatThePatternSaysOfItself) {
  EXPECT_EQ(parse_pattern(GetParam().written).text(), GetParam().text);
  EXPECT_EQ(parse_pattern(GetParam().text).text(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar,
    CanonicalText,
    testing::Values(
        Canonical{" window( 256 ) ", "window(256)"},
        Canonical{"window(256,causal)", "window(256,causal)"},
        Canonical{"random(3,block=32,seed=7)", "random(3,seed=7,block=32)"},
        Canonical{"random(3,seed=18446744073709551615)",
                  "random(3,seed=18446744073709551615,block=64)"},
        Canonical{"random(1,seed=0,of=9)", "random(1,seed=0,block=64,of=9)"},
        Canonical{"dense( ) | dense(causal)", "dense() | dense(causal)"},
        Canonical{"dense() & (window(1) | global(0:4))", "dense() & (window(1) | global(0:4))"},
        Canonical{"dense() | (window(1) & global(0:4))", "dense() | window(1) & global(0:4)"},
        Canonical{"dense() | (window(1) | global(0:4))", "dense() | window(1) | global(0:4)"},
        Canonical{"((dense()))", "dense()"},
        Canonical{"per_head(window(1) | dense();strided(2))",
                  "per_head(window(1) | dense(); strided(2))"},
        Canonical{"dilated(64,4) & block_local(512)", "dilated(64,4) & block_local(512)"}));

struct Wrong {
  std::string written;
  std::string complaint;
};
class WrongText : public testing::TestWithParam<Wrong> {};

TEST_P(WrongText, IsRefusedWithItsColumnAndWhatWasExpected) {
  try {
    parse_pattern(GetParam().written);
    FAIL() << "accepted '" << GetParam().written << "'";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().complaint));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Grammar,
    WrongText,
    testing::Values(
        Wrong{"", "column 1: expected a pattern, found the end"},
        Wrong{"window", "column 7: expected '(', found the end"},
        Wrong{"window()", "column 8: expected radius"},
        Wrong{"window(12x)", "column 8: expected a number (radius), found '12x'"},
        Wrong{"window(1,backwards)", "column 10: expected 'causal', found 'backwards'"},
        Wrong{"window(1,causal,3)", "column 17: expected ')', found '3'"},
        Wrong{"window(-1)", "column 1: window: radius must lie in [0, "},
        Wrong{"dense() | strided(0)", "column 11: strided: step must lie in [1, "},
        Wrong{"window(99999999999999999999)", "column 8: radius does not fit in 64 bits"},
        Wrong{"windw(3)", "column 1: no pattern is named 'windw'; there are window, strided"},
        Wrong{"dense() ^ dense()", "column 9: expected '|', '&' or the end, found '^'"},
        Wrong{"dense() |", "column 10: expected a pattern, found the end"},
        Wrong{"(dense()", "column 9: expected ')', found the end"},
        Wrong{"global(5)", "column 8: expected first:count (tokens), found '5'"},
        Wrong{"global(5:0)", "column 1: global: count must lie in [1, "},
        Wrong{"random(300)", "column 1: random: count must lie in [1, 256], got 300"},
        Wrong{"random(3,sed=4)", "column 10: expected ')', found 'sed=4'"},
        Wrong{"random(3,seed=)", "column 15: expected an argument, found ')'"},
        Wrong{"random(3,seed=4,seed=5)", "column 17: expected ')', found 'seed=5'"},
        Wrong{"random(3,block=18446744073709551615)", "random: block must lie in [1, "},
        Wrong{"per_head()", "column 10: expected a pattern, found ')'"},
        Wrong{"union(dense())", "column 1: no pattern is named 'union'"},
        Wrong{std::string("dense()\0window(1)", 17), "column 8: expected '|', '&' or the end"},
        Wrong{std::string(200, '('), "nested deeper than 32 levels"},
        Wrong{std::string(5000, ' '), "5000 characters; at most 4096 are read"}));

}  // namespace
}  // namespace heddle::attention
