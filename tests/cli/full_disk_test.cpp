// Outputs on a small tmpfs, mounted in a namespace of the test's own. Skipped where that is not
// allowed.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using ::testing::HasSubstr;

class FullDisk : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    std::filesystem::create_directory(folder_ / "disk");
    std::filesystem::create_directory(folder_ / "after");
    if (on_disk("64k", "true").exit_code != 0) {
      GTEST_SKIP()
          << "no tmpfs can be mounted here (unshare -rm, mount): full disks are not tested";
    }
    std::ofstream contigs(folder_ / "contigs.fa");
    const std::string genome = text("genome.fa");
    const std::string bases = genome.substr(genome.find('\n') + 1);
    for (int i = 0; i < 40; ++i) contigs << ">contig" << i << "\n" << bases;
  }

  /// `script` with a tmpfs of this size on disk/; what lies there in the end is copied to after/.
  Outcome on_disk(const std::string& size, const std::string& script) {
    write("script.sh",
          "mount -t tmpfs -o size=" + size +
              " tmpfs disk || exit 99\nheddle() { '" HEDDLE_BINARY "' \"$@\"; }\n" + script +
              "\ncode=$?\ncp -a disk/. after/\nexit $code\n");
    return run("unshare -rm sh script.sh", folder_);
  }
  /// The words of a job that writes more than 64 KiB.
  static std::string job() {
    return "genome contigs.fa --quiet -m '" HEDDLE_TEST_DATA
           "/genes-memory-small.safetensors' -O jsonl,faa --journal-every 0.01 ";
  }
};

TEST_F(FullDisk, IsOneClearErrorAndLeavesNoFinalFile) {
  const Outcome outcome = on_disk("64k", "heddle " + job() + "-o disk/out/");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("No space left on device"));
  EXPECT_THAT(outcome.output, HasSubstr("disk/out/contigs."));
  EXPECT_FALSE(exists("after/out/contigs.jsonl"));
  EXPECT_FALSE(exists("after/out/contigs.faa"));
}

TEST_F(FullDisk, LeavesWhatWasWholeBefore) {
  const Outcome outcome = on_disk("64k",
                                  "mkdir disk/out && echo old > disk/out/contigs.jsonl && "
                                  "heddle " +
                                      job() + "-y -o disk/out/");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_EQ(text("after/out/contigs.jsonl"), "old\n");
}

TEST_F(FullDisk, OnceItHasRoomIsGoneOnWith) {
  EXPECT_EQ(heddle(job() + "-o whole/").exit_code, 0);
  const Outcome outcome = on_disk("4m",
                                  "head -c 4100000 /dev/zero > disk/filler; heddle " + job() +
                                      "-o disk/out/; echo first $?; rm disk/filler; heddle " +
                                      job() + "-o disk/out/ --resume");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("first 7"));
  for (const std::string name : {"contigs.jsonl", "contigs.faa"}) {
    EXPECT_EQ(text("after/out/" + name), text("whole/" + name)) << name;
  }
}

TEST_F(FullDisk, EndsBehindWholeLinesAndProteins) {
  EXPECT_EQ(heddle(job() + "-o whole/").exit_code, 0);
  const Outcome outcome = on_disk("64k", "heddle " + job() + "-o disk/out/");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  bool cut = false;
  for (const std::string name : {"contigs.jsonl", "contigs.faa"}) {
    std::string left = text("after/out/" + name + ".partial");
    const std::string whole = text("whole/" + name);
    // Where the disk had room for it, a run that was cut says so.
    const auto end = left.find("{\"record\":\"end\",\"complete\":false");
    if (end != std::string::npos) left.resize(end);
    cut = cut || left.size() < whole.size();
    ASSERT_EQ(left, whole.substr(0, left.size())) << name;
    // What comes next begins a line, and a protein with its name.
    EXPECT_TRUE(left.empty() || left.ends_with('\n'))
        << name << " ends with " << left.substr(left.rfind('\n') + 1);
    if (name == "contigs.faa" && left.size() < whole.size()) {
      EXPECT_EQ(whole[left.size()], '>');
    }
  }
  EXPECT_TRUE(cut);
}

TEST_F(FullDisk, EndsBehindAWholeLineOfSam) {
  std::string reads = "@HD\tVN:1.6\n";
  const std::string genome = text("genome.fa");
  std::string bases = genome.substr(genome.find('\n') + 1);
  std::erase(bases, '\n');
  for (int i = 0; i < 30; ++i) {
    reads +=
        "read" + std::to_string(i) + "\t4\t*\t0\t0\t*\t*\t0\t0\t" + bases.substr(0, 5000) + "\t*\n";
  }
  write("reads.sam", reads);
  const Outcome outcome = on_disk("64k",
                                  "heddle genome reads.sam --quiet -m '" HEDDLE_TEST_DATA
                                  "/genes-memory-small.safetensors' -O sam -o disk/tagged.sam");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  const std::string left = text("after/tagged.sam.partial");
  EXPECT_GT(left.size(), 20'000u);
  EXPECT_TRUE(left.ends_with('\n')) << left.substr(left.rfind('\n') + 1, 40);
}

TEST_F(FullDisk, HoldsNoHalfVideo) {
  const Outcome outcome = on_disk("16k", "heddle video match.mp4 -q -O mp4 -o disk/out.mp4");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("disk/out.mp4: cannot be written: No space left"));
  EXPECT_FALSE(exists("after/out.mp4"));
}

TEST_F(FullDisk, IsToldWithTheFilesThatHoldSomething) {
  const Outcome outcome = on_disk("40k", "heddle video match.mp4 -q -O mp4,mot -o disk/");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("written until then is in disk/match.mp4.partial"));
  for (const std::string name : {"match.mp4.partial", "match.txt.partial"}) {
    EXPECT_EQ(outcome.output.find(name) != std::string::npos, exists("after/" + name)) << name;
  }
}

TEST_F(FullDisk, ThatIsReadOnlyIsNamed) {
  const Outcome outcome =
      on_disk("64k", "mount -o remount,ro disk; heddle genome genome.fa --quiet -o disk/out.gff3");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("disk/out.gff3"));
  EXPECT_THAT(outcome.output, HasSubstr("Read-only file system"));
}

}  // namespace
}  // namespace heddle
