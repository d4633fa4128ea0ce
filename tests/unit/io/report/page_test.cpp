#include "io/report/page.h"

#include "io/report/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace heddle::io::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ReportPage, NeedsNothingFromElsewhere) {
  Page page("Repeats");
  page.figure(Svg(10, 10, {"Empty", ""}));
  const std::string html = page.html();
  for (const char* fetched : {"<script", "src=", "@import", "<link", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(fetched)));
  }
  EXPECT_EQ(count_of(html, "http"),
            count_of(html, "http://www.w3.org/2000/svg") + count_of(html, "http-equiv"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(ReportPage, IsLightAndDarkAsTheReaderPrefers) {
  EXPECT_THAT(Page("x").html(), HasSubstr("@media (prefers-color-scheme:dark)"));
}

TEST(ReportPage, EveryTextIsEscaped) {
  const std::string bad = "<b>&\"";
  Page page(bad);
  const std::vector<std::pair<std::string, std::string>> facts{{bad, bad}};
  page.facts(facts);
  page.section(bad);
  page.subsection(bad);
  page.paragraph(bad);
  page.note(bad);
  Svg svg(10, 10, {bad, bad});
  svg.rectangle({0, 0, 1, 1}, "f0", bad);
  svg.text({0, 0}, bad);
  page.figure(svg, bad);
  const std::vector<Row> rows{{bad}};
  page.table({bad, {{bad}}}, rows);
  EXPECT_THAT(page.html(), Not(HasSubstr("<b>")));
  EXPECT_EQ(count_of(page.html(), "&lt;b&gt;&amp;&quot;"), 16u);
}

TEST(ReportPage, DrawingsAreNamedForThoseWhoCannotSeeThem) {
  Page page("x");
  page.figure(Svg(10, 10, {"One", "About one"}));
  page.figure(Svg(10, 10, {"Two", ""}));
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("aria-labelledby=\"figure1-title figure1-about\""));
  EXPECT_THAT(html, HasSubstr("<title id=\"figure1-title\">One</title>"));
  EXPECT_THAT(html, HasSubstr("aria-labelledby=\"figure2-title\""));
}

TEST(ReportPage, ARowOfTheWrongWidthIsAProgrammingError) {
  Page page("x");
  const std::vector<Row> rows{{"a", "b"}};
  EXPECT_THROW(page.table({"", {{"one"}}}, rows), std::logic_error);
}

TEST(ReportSvg, AFileBringsItsColours) {
  Svg svg(20, 10, {"Line", ""});
  svg.line({0, 0}, {20, 10}, "s0");
  EXPECT_THAT(svg.file(), HasSubstr("--c0:"));
  EXPECT_THAT(svg.file(), HasSubstr("<line x1=\"0\" y1=\"0\" x2=\"20\" y2=\"10\" class=\"s0\"/>"));
}

TEST(ReportSvg, PicturesLieInTheDrawing) {
  Svg svg(2, 2, {"Still", ""});
  svg.image({0, 0, 2, 2}, "image/jpeg", "abcd");
  EXPECT_THAT(svg.element("a"), HasSubstr("href=\"data:image/jpeg;base64,YWJjZA==\""));
}

TEST(ReportChart, ALineBreaksWhereAValueIsMissing) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Series series{"gc", {{0, 0.1}, {1, 0.2}, {2, none}, {3, 0.4}}, 2};
  const Svg svg = line_chart({{"GC", ""}, "position", "GC", true}, {&series, 1}, {0, 3}, {0, 1});
  EXPECT_EQ(count_of(svg.element("a"), "<polyline"), 2u);
}

TEST(ReportChart, EachBarSaysItsCount) {
  const Svg svg =
      histogram_chart({{"Lengths", ""}, "length", "genes", false}, {0, 300, {0, 1234, 7}, 0});
  EXPECT_THAT(svg.element("a"), HasSubstr("<title>300 to 600: 1,234</title>"));
  EXPECT_EQ(count_of(svg.element("a"), "<rect"), 2u);
}

TEST(ReportChart, NothingToCountIsStillAChart) {
  EXPECT_THAT(histogram_chart({{"Lengths", ""}, "", "", false}, {}).element("a"),
              HasSubstr("</svg>"));
}

}  // namespace
}  // namespace heddle::io::report
