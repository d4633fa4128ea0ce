#include "tests/cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle {
namespace {

using testing::HasSubstr;

class Docs : public Cli {
 protected:
  /// What bash proposes for the last of the words.
  std::string proposed(const std::string& words, int count) {
    return run("bash -c 'source ./heddle.bash; COMP_WORDS=(" + words + "); COMP_CWORD=" +
                   std::to_string(count - 1) + "; _heddle; echo \"${COMPREPLY[*]}\"'",
               folder_)
        .output;
  }
};

TEST_F(Docs, AReaderThatHasSeenEnoughIsNoError) {
  for (const char* command : {"docs man", "info"}) {
    run(std::string("{ sleep 0.2; '" HEDDLE_BINARY "' ") + command +
            " 2> told; echo $? > code; } | true; sleep 0.4",
        folder_);
    EXPECT_EQ(text("told"), "") << command;
    EXPECT_EQ(text("code"), "7\n") << command;
  }
}

TEST_F(Docs, TheManualNamesEveryCommandAndItsOptions) {
  const Outcome manual = heddle("docs man");
  ASSERT_EQ(manual.exit_code, 0);
  for (const char* text : {".TH HEDDLE 1",
                           ".SH heddle genome",
                           ".SH heddle eval motifs",
                           "\\fB\\-t\\fR, \\fB\\-@\\fR",
                           "\\fB\\-\\-min\\-support\\fR \\fIN\\fR"}) {
    EXPECT_THAT(manual.output, HasSubstr(text));
  }
}

TEST_F(Docs, BashCompletesCommandsOptionsAndValues) {
  write("heddle.bash", heddle("docs bash").output);
  EXPECT_THAT(proposed("heddle \"\"", 2), HasSubstr("video genome serve train eval"));
  EXPECT_EQ(proposed("heddle genome --task \"\"", 4), "genes motifs repeats\n");
  EXPECT_EQ(proposed("heddle eval genes --js", 4), "--json\n");
  EXPECT_EQ(proposed("heddle genome --ini", 3), "\n");
}

TEST_F(Docs, ShellsCompleteAnArgumentThatIsOneOfAFew) {
  write("heddle.bash", heddle("docs bash").output);
  EXPECT_EQ(proposed("heddle docs \"\"", 3), "man bash zsh fish\n");
  EXPECT_EQ(proposed("heddle docs z", 3), "zsh\n");
  EXPECT_THAT(heddle("docs zsh").output, HasSubstr("'1:value:(man bash zsh fish)'"));
  EXPECT_THAT(heddle("docs fish").output,
              HasSubstr("'__fish_seen_subcommand_from docs' -x -a 'man bash zsh fish'"));
}

TEST_F(Docs, BashCompletesPresetsAndEachFormatOfAList) {
  write("heddle.bash", heddle("docs bash").output);
  EXPECT_THAT(proposed("heddle genome -x \"\"", 4), HasSubstr("consensus"));
  EXPECT_THAT(proposed("heddle --preset con", 3), HasSubstr("consensus"));
  EXPECT_EQ(proposed("heddle genome -O bedp", 4), "bedpe\n");
  EXPECT_EQ(proposed("heddle genome -O gff3,bedp", 4), "gff3,bedpe\n");
  EXPECT_EQ(proposed("heddle video -O coc", 4), "coco\n");
}

TEST_F(Docs, OtherShellsHaveTheSameOptions) {
  EXPECT_THAT(heddle("docs zsh").output,
              HasSubstr("'--task[genes, motifs (with --motifs), or "
                        "repeats within each sequence]:WHAT:(genes motifs repeats)'"));
  EXPECT_THAT(heddle("docs fish").output,
              HasSubstr("-l task -x -a 'genes motifs repeats' -d 'genes, motifs"));
  EXPECT_THAT(heddle("docs zsh").output, HasSubstr(":FMT,..:_values -s , value mot jsonl csv"));
  EXPECT_THAT(heddle("docs fish").output, HasSubstr("-x -a '(__fish_append , mot jsonl csv"));
  EXPECT_EQ(heddle("docs tcsh").exit_code, 2);
}

}  // namespace
}  // namespace heddle
