// Files and functions stay small; the percentiles are reported, the outliers are errors.

#include "tests/house/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::house {
namespace {

const std::vector<std::string> kRooms = {"app", "pipeline", "attention", "io"};

std::size_t percentile(std::vector<std::size_t> values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
}

void report(const std::string& what, const std::vector<std::size_t>& lines) {
  const std::string text = std::to_string(percentile(lines, 0.5)) + " / " +
                           std::to_string(percentile(lines, 0.9)) + " / " +
                           std::to_string(percentile(lines, 1));
  testing::Test::RecordProperty(what, text);
  std::printf(
      "%s: %zu, lines at p50 / p90 / largest: %s\n", what.c_str(), lines.size(), text.c_str());
}

TEST(Sizes, FilesAreShortOrSayWhyNotInTheirFirstLine) {
  std::vector<std::size_t> lines;
  for (const SourceFile& file : sources(kRooms)) {
    lines.push_back(file.lines.size());
    const bool says_why = !file.lines.empty() && file.lines[0].starts_with("// Long because ");
    EXPECT_TRUE(file.lines.size() <= 400 || says_why)
        << file.path << " has " << file.lines.size() << " lines";
  }
  report("files", lines);
  EXPECT_LE(percentile(lines, 0.5), 110u);
  EXPECT_LE(percentile(lines, 0.9), 400u);
}

TEST(Sizes, FunctionsFitOnAScreen) {
  std::vector<std::size_t> lines;
  for (const SourceFile& file : sources(kRooms)) {
    for (const Function& function : functions(file)) {
      lines.push_back(function.lines);
      EXPECT_LE(function.lines, 80u) << function.file << ":" << function.line;
    }
  }
  report("functions", lines);
  EXPECT_LE(percentile(lines, 0.9), 35u);
}

TEST(Sizes, TheFunctionFinderSeesALongFunction) {
  SourceFile file{"made.cpp", {"int f(int x,", "      int y) {"}};
  for (int i = 0; i < 90; ++i) file.lines.push_back("  ++x;");
  file.lines.push_back("}");
  const std::vector<Function> found = functions(file);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].lines, 93u);
}

}  // namespace
}  // namespace heddle::house
