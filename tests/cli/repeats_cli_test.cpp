// What heddle genome --task repeats says of what it does not look for.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

#include <random>

namespace heddle {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string drawn_bases(int count) {
  std::mt19937 random(3);
  std::string bases;
  for (int i = 0; i < count; ++i) bases += "ACGT"[random() % 4];
  return bases;
}

TEST_F(Cli, RepeatsBetweenSequencesAreSaidNotToBeLookedFor) {
  const std::string bases = drawn_bases(3000);
  write("two.fa", ">a\n" + bases + "\n>b\n" + bases + "\n");
  write("one.fa", ">a\n" + bases + bases + "\n");
  const Outcome two = heddle("genome two.fa --task repeats -O bedpe -o two.bedpe");
  EXPECT_EQ(two.exit_code, 0) << two.output;
  EXPECT_THAT(two.output,
              HasSubstr("warning: two.fa has 2 sequences: repeats are looked for within each, not "
                        "between them\n"));
  EXPECT_THAT(text("two.bedpe"), Not(HasSubstr("a\t0\t")));
  const Outcome one = heddle("genome one.fa --task repeats -O bedpe -o one.bedpe");
  EXPECT_THAT(one.output, Not(HasSubstr("between them")));
  EXPECT_THAT(text("one.bedpe"), HasSubstr("\t3000\t"));
}

TEST_F(Cli, RepeatsOverTheOriginOfACircleAreSaidNotToBeLookedFor) {
  write("one.fa", ">a\n" + drawn_bases(3000) + "\n");
  const Outcome circle = heddle("genome one.fa --task repeats --circular yes -O gff3 -o one.gff3");
  EXPECT_EQ(circle.exit_code, 0) << circle.output;
  EXPECT_THAT(circle.output, HasSubstr("repeats are not looked for over their origins"));
  EXPECT_THAT(text("one.gff3"), HasSubstr("Is_circular=true"));
}

}  // namespace
}  // namespace heddle
