#include "tests/golden/same_but_measured.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(SameButMeasured, TakesScoresThatDifferInTheirLastDigits) {
  EXPECT_EQ(difference("c\t1\t99\t7468.609\t+\n", "c\t1\t99\t7468.605\t+\n"), "");
  EXPECT_EQ(difference("[9.996,1.0]", "[10.0,1.0]"), "");
}

TEST(SameButMeasured, RefusesScoresThatDifferMore) {
  EXPECT_NE(difference("7469.609", "7468.605"), "");
  EXPECT_NE(difference("0.91", "0.84"), "");
}

TEST(SameButMeasured, RefusesAnyOtherDifferenceAndSaysWhere) {
  EXPECT_EQ(difference("a\nb 12\n", "a\nb 13\n"), "line 2: 'b 12' instead of 'b 13'");
  EXPECT_NE(difference("1.5 +", "1.5 -"), "");
  EXPECT_NE(difference("12", "12.0"), "");
  EXPECT_NE(difference("-3.25", "3.25"), "");
}

TEST(SameButMeasured, RefusesLinesTooManyOrTooFew) {
  EXPECT_NE(difference("a\nb\n", "a\n"), "");
  EXPECT_NE(difference("a\n", "a\n\n"), "");
}

}  // namespace
}  // namespace heddle
