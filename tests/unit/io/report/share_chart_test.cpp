#include "io/report/share_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace heddle::io::report {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kFigures{"recall", "precision"};

std::string drawn(const std::vector<JudgedShares>& rows) {
  return share_chart({"Genes", ""}, kFigures, rows).element("a");
}

TEST(ShareChart, ABarIsAsLongAsItsShareAndSaysIt) {
  const std::string svg = drawn({{"ours.gff3", {1, 0.5}}});
  EXPECT_THAT(svg, HasSubstr("<rect x=\"86\" y=\"60\" width=\"490\" height=\"12\" class=\"f0\""));
  EXPECT_THAT(svg, HasSubstr("<rect x=\"86\" y=\"77\" width=\"245\" height=\"12\" class=\"f1\""));
  EXPECT_THAT(svg, HasSubstr("<title>precision, ours.gff3: 50.00</title>"));
  EXPECT_THAT(svg, HasSubstr(">ours.gff3</text>"));
}

TEST(ShareChart, WhatIsNoNumberHasNoBar) {
  const std::string svg = drawn({{"none", {0.25, std::numeric_limits<double>::quiet_NaN()}}});
  EXPECT_THAT(svg, HasSubstr("class=\"f0\""));
  EXPECT_THAT(svg, Not(HasSubstr("class=\"f1\"")));
  EXPECT_THAT(svg, HasSubstr(">-</text>"));
}

TEST(ShareChart, ARowMoreMakesItHigherAndALongNameShowsItsEnd) {
  const JudgedShares row{std::string(200, 'x').append("end"), {1, 1}};
  const std::vector<JudgedShares> one(1, row);
  const std::vector<JudgedShares> two(2, row);
  const Svg small = share_chart({"", ""}, kFigures, one),
            large = share_chart({"", ""}, kFigures, two);
  EXPECT_GT(large.height(), small.height());
  EXPECT_THAT(small.element("a"), HasSubstr(">...xxxx"));
}

TEST(ShareChart, ARowOfTheWrongWidthIsAProgrammingError) {
  EXPECT_THROW(drawn({{"x", {1}}}), std::logic_error);
}

}  // namespace
}  // namespace heddle::io::report
