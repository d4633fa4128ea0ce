// What a run leaves, says and returns that was stopped, or whose input broke off, or was odd.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Unfinished : public Cli {
 protected:
  /// Files in out/, by name.
  std::string left() { return run("ls -A out 2>/dev/null", folder_).output; }
  /// A video that breaks off; boxes.txt finds nothing in it.
  void write_cut_video() {
    const std::string whole =
        read_file(std::filesystem::path(HEDDLE_TEST_DATA) / "video/plain.mp4");
    write("cut.mp4", whole.substr(0, whole.size() * 95 / 100));
    write("boxes.txt", "");
    std::filesystem::create_directory(folder_ / "out");
  }
};

TEST_F(Unfinished, AVideoInWhichNothingWasFoundLeavesNoEmptyFile) {
  write_cut_video();
  for (const char* format : {"mot", "csv"}) {
    const Outcome outcome = heddle(std::string("video cut.mp4 -q --detections boxes.txt -O ") +
                                   format + " -o out/tracks.any");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("damaged or cut short"));
    EXPECT_THAT(outcome.output, Not(HasSubstr(".partial")));
    EXPECT_EQ(left(), "") << format;
  }
}

TEST_F(Unfinished, AVideoWhoseFramesAreToldNamesTheFilesThatHoldSomething) {
  write_cut_video();
  const Outcome outcome = heddle("video cut.mp4 -q --detections boxes.txt -O mot,jsonl -o out/");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("what was whole until then is in out/cut.jsonl.partial"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("cut.txt")));
  EXPECT_EQ(left(), "cut.jsonl.partial\n");
}

TEST_F(Unfinished, AVideoThatWasStoppedBeforeAnythingWasFoundLeavesNothing) {
  write("boxes.txt", "");
  std::string frames;
  for (int i = 0; i < 1000; ++i) frames += "FRAME\n" + std::string(384, '\0');
  write("frames", frames);
  const std::string script =
      "mkfifo endless.y4m; (printf 'YUV4MPEG2 W16 H16 F25:1\n'; while cat frames; do :; done) > "
      "endless.y4m 2>/dev/null & feeder=$!; '" HEDDLE_BINARY
      "' video endless.y4m --detections boxes.txt -O mot -o out.txt & pid=$!; "
      "for t in $(seq 600); do [ -e out.txt.partial ] && break; sleep 0.1; done; sleep 0.5; "
      "kill -INT $pid; wait $pid; code=$?; kill $feeder 2>/dev/null; exit $code";
  const Outcome outcome = run(script, folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("nothing was finished yet, so nothing is left"));
  EXPECT_FALSE(exists("out.txt.partial"));
}

TEST_F(Unfinished, ASecondSignalLeavesNoEmptyFile) {
  std::string bases;  // seconds of work before anything is written
  for (std::uint32_t i = 0, x = 1; i < 400'000; ++i, x = x * 1664525 + 1013904223) {
    bases += "ACGT"[x >> 30];
  }
  write("long.fa", ">long\n" + bases + "\n");
  const Outcome outcome =
      run("'" HEDDLE_BINARY
          "' genome long.fa -m genes-reference -t 1 -O gff3,bed -o out/ & pid=$!; until [ -e "
          "out/long.bed.partial ] "
          "|| ! kill -0 $pid; do sleep 0.01; done; sleep 0.3; kill -INT $pid; sleep 0.1; kill -INT "
          "$pid; wait $pid",
          folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("a second signal ends at once"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("wall")));  // it did not come to its own end
  EXPECT_EQ(left(), "");
}

TEST_F(Unfinished, ASignalBeforeAnythingCouldHeedItEndsACommandWithALine) {
  // Whoever opens the pipe to write waits until the command has opened it to read.
  const Outcome outcome =
      run("mkfifo slow; '" HEDDLE_BINARY
          "' eval genes slow slow & pid=$!; exec 3>slow; kill -INT $pid; wait $pid",
          folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_EQ(outcome.output, "warning: interrupted before all was done\n");
}

TEST_F(Unfinished, AStopThatComesWhenAllIsDoneIsASuccess) {
  write("site.fa", ">site\nSA\n");
  // The table waits in the program until it is whole, then for its reader, who stops the run.
  const Outcome outcome =
      run("mkfifo table; '" HEDDLE_BINARY
          "' genome genome.fa --task motifs --motifs site.fa -O tsv -o table & pid=$!; "
          "exec 3<table; read -r first <&3; kill -INT $pid; sleep 0.5; cat <&3 >rest; wait $pid",
          folder_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("all was done before the stop"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("interrupted")));
  ASSERT_EQ(heddle("genome genome.fa --task motifs --motifs site.fa --quiet -O tsv -o whole.tsv")
                .exit_code,
            0);
  const std::string whole = text("whole.tsv");
  EXPECT_EQ(text("rest"), whole.substr(whole.find('\n') + 1));
  // More than a pipe holds, less than is written before the end.
  EXPECT_GT(whole.size(), 70'000u);
  EXPECT_LT(whole.size(), 250'000u);
}

TEST_F(Unfinished, AStopBeforeTheNextInputIsNone) {
  write("site.fa", ">site\nSA\n");
  run("cp genome.fa second.fa; mkdir out; mkfifo out/genome.tsv", folder_);
  const Outcome outcome =
      run("'" HEDDLE_BINARY
          "' genome genome.fa second.fa --task motifs --motifs site.fa -O tsv -o out/ & pid=$!; "
          "exec 3<out/genome.tsv; read -r first <&3; kill -INT $pid; sleep 0.5; cat <&3 >rest; "
          "wait $pid",
          folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_EQ(left(), "genome.tsv\n");
}

TEST_F(Unfinished, AFastaRecordWithoutBasesIsNamedWithItsFile) {
  write("holes.fa", ">full\nACGTACGTACGTACGT\n>hole1\n>hole2 of a kind\n\n>last\nACGT\n");
  write("site.fa", ">x\nTTGACA\n");
  for (const std::string task : {"genes", "repeats", "motifs --motifs site.fa"}) {
    const Outcome outcome = heddle("genome holes.fa -y -o out.gff3 --task " + task);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("warning: holes.fa: the record 'hole1' has no bases\n"));
    EXPECT_THAT(outcome.output, HasSubstr("warning: holes.fa: the record 'hole2' has no bases\n"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("'full'")));
    EXPECT_THAT(outcome.output, Not(HasSubstr("'last'")));
  }
}

TEST_F(Unfinished, ManyFastaRecordsWithoutBasesAreCounted) {
  write("holes.fa", ">a\n>b\n>c\n>d\n>e\n>f\nACGT\n");
  const Outcome outcome = heddle("genome holes.fa -o out.gff3 --task repeats");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("'c' has no bases"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("'d' has no bases")));
  EXPECT_THAT(outcome.output, HasSubstr("warning: holes.fa: 2 more records have no bases\n"));
}

}  // namespace
}  // namespace heddle
