#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle {
namespace {

using testing::HasSubstr;

TEST_F(Cli, WhatIsDumpedIsReadBackAsTheSame) {
  const std::string given =
      "genome -O gff3,bed -o 'out folder/' --task repeats --min-repeat 80 -r one:1-9 -r two -y ";
  const Outcome first = heddle(given + "--dump-config");
  ASSERT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("\nformat = [\"gff3\", \"bed\"]\n"));
  EXPECT_THAT(first.output, HasSubstr("\noutput = \"out folder/\"\n"));
  EXPECT_THAT(first.output, HasSubstr("\nmin-repeat = 80\n"));
  EXPECT_THAT(first.output, HasSubstr("\noverwrite = true\n"));
  EXPECT_THAT(first.output, HasSubstr("\n# threads = 0\n"));
  write("run.toml", first.output);
  const Outcome second = heddle("-c run.toml genome --dump-config");
  EXPECT_EQ(second.output, first.output);
}

TEST_F(Cli, ADumpNeedsNoInputButARunDoes) {
  EXPECT_EQ(heddle("video --dump-config").exit_code, 0);
  EXPECT_EQ(heddle("video").exit_code, 2);
}

TEST_F(Cli, APresetHoldsWhereNothingElseWasSaid) {
  EXPECT_THAT(heddle("-x fast genome --dump-config").output, HasSubstr("\npasses = 1\n"));
  EXPECT_THAT(heddle("genome -x fast --passes 2 --dump-config").output,
              HasSubstr("\npasses = 2\n"));
  write("two.toml", "[genome]\npasses = 2\nthreads = 1\n");
  const Outcome both = heddle("genome --preset=fast -c two.toml --dump-config");
  EXPECT_THAT(both.output, HasSubstr("\npasses = 2\n"));
  EXPECT_THAT(both.output, HasSubstr("\nthreads = 1\n"));
  write("other.toml", "[genome]\nthreads = 1\n");
  const Outcome filled = heddle("genome -xfast -c other.toml --dump-config");
  EXPECT_THAT(filled.output, HasSubstr("\npasses = 1\n"));
  EXPECT_THAT(filled.output, HasSubstr("\nthreads = 1\n"));
}

TEST_F(Cli, APresetThatIsNotThereIsNamedWithTheNearest) {
  const Outcome outcome = heddle("genome genome.fa -x fats");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("did you mean 'fast'"));
}

TEST_F(Cli, EveryPresetIsListedAndIsRight) {
  const std::string info = heddle("info").output;
  for (const char* name : {"consensus", "fast"}) {
    EXPECT_THAT(info, HasSubstr(name));
    EXPECT_EQ(heddle(std::string("genome --dump-config -x ") + name).exit_code, 0) << name;
  }
}

}  // namespace
}  // namespace heddle
