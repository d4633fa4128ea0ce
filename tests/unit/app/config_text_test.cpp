#include "app/config_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::app {
namespace {

using testing::HasSubstr;

TEST(PlainConfig, KeepsTheNumberOfEveryLine) {
  EXPECT_EQ(
      plain_config("# one\n\n[genome] # three\nformat = [\"bed\", # four\n  \"gff3\"]\nq = 1\n"),
      "\n\n[genome]\n\nformat = [\"bed\",\"gff3\"]\nq = 1\n");
}

struct Case {
  const char* name;
  std::string text;
  int line;
  const char* says;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BrokenConfig : public testing::TestWithParam<Case> {};

TEST_P(BrokenConfig, NamesTheLineAndWhatIsWrong) {
  try {
    plain_config(GetParam().text);
    FAIL() << "accepted";
  } catch (const ConfigFault& fault) {
    EXPECT_EQ(fault.line(), GetParam().line);
    EXPECT_THAT(fault.what(), HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Lines,
    BrokenConfig,
    testing::Values(Case{"Section", "a = 1\n[genome\n", 2, "[NAME]"},
                    Case{"EmptySection", "[]\n", 1, "[NAME]"},
                    Case{"Binary", std::string("a = 1\n\0b", 8), 2, "is no text"},
                    Case{"Bare", "closed\n", 1, "KEY = VALUE"},
                    Case{"Keyless", " = 1\n", 1, "KEY = VALUE"},
                    Case{"Valueless", "a = # 1\n", 1, "'a' has no value"},
                    Case{"List", "\na = [1,\n2,\n", 2, "the list of 'a'"},
                    Case{"Quote", "a = \"b\n", 1, "not closed"},
                    Case{"QuoteOverAComment", "a = \"b#c\"\n", 1, "not closed"}),
    [](const auto& given) { return std::string(given.param.name); });

}  // namespace
}  // namespace heddle::app
