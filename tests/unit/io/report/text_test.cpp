#include "io/report/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace heddle::io::report {
namespace {

TEST(ReportText, MarkupInNamesIsShownNotObeyed) {
  EXPECT_EQ(escaped("<script>alert(\"a\" & 'b')</script>"),
            "&lt;script&gt;alert(&quot;a&quot; &amp; &#39;b&#39;)&lt;/script&gt;");
}

TEST(ReportText, BytesThatAreNotUtf8AreReplacedOneByOne) {
  EXPECT_EQ(escaped("a\xff\xc3(\xed\xa0\x80z"),
            "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST(ReportText, LettersOfOtherScriptsPass) {
  EXPECT_EQ(escaped("\xc3\xa9\xe6\xbc\xa2\xf0\x9f\xa7\xac"),
            "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\xa7\xac");
}

TEST(ReportText, ControlCharactersAreBlanks) {
  EXPECT_EQ(escaped("a\tb\x01"
                    "c"),
            "a b c");
}

TEST(ReportText, NumbersHaveNoTrailingZeros) {
  EXPECT_EQ(number(12), "12");
  EXPECT_EQ(number(0.5), "0.5");
  EXPECT_EQ(number(-0.001), "0");
  EXPECT_EQ(number(1.0 / 3, 3), "0.333");
}

TEST(ReportText, WhatIsNoNumberIsDrawnAsZero) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "0");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "0");
}

TEST(ReportText, ThousandsAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(4641652), "4,641,652");
  EXPECT_EQ(grouped(-1000), "-1,000");
}

}  // namespace
}  // namespace heddle::io::report
