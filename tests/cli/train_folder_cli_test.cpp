// What lies in the folder of heddle train while a run replaces an older one, wherever it is killed,
// and where two runs meet.

#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

#include <map>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TrainFolder : public Train {
 protected:
  void SetUp() override {
    Train::SetUp();
    ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  }
  std::string words(const std::string& more) const { return with("-q --data packed " + more); }
  /// Starts a run in the background, kills it when `until` is true, and returns what it said.
  std::string killed(const std::string& more, const std::string& until) {
    return run("'" HEDDLE_BINARY "' " + words(more) + " & pid=$!; until " + until +
                   " || ! kill -0 $pid; do sleep 0.02; done; kill -9 $pid; wait $pid",
               folder_)
        .output;
  }
  /// name -> bytes.
  std::map<std::string, std::string> files_in(const std::string& folder) {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / folder)) {
      found[entry.path().filename().string()] = read_file(entry.path());
    }
    return found;
  }
  using Files = std::map<std::string, std::string>;
  /// Names of files that only one has, or that differ.
  static std::string differing(const Files& a, const Files& b) {
    std::string names;
    for (const auto& [name, bytes] : a) {
      if (!b.contains(name) || b.at(name) != bytes) names += name + " ";
    }
    for (const auto& [name, bytes] : b) {
      if (!a.contains(name)) names += name + " ";
    }
    return names;
  }
  void rename(const std::string& from, const std::string& to) {
    std::filesystem::rename(folder_ / from, folder_ / to);
  }
};

TEST_F(TrainFolder, ARunBegunAnewThatIsKilledBeforeItsFirstCheckpointLeavesTheOneBeforeIt) {
  ASSERT_EQ(heddle(words("--steps 3 -o out")).exit_code, 0);
  const auto before = files_in("out");
  killed("--steps 1000000 --checkpoint-every 0 --seed 9 -y -o out",
         "grep -qs norm out/log.jsonl.new || [ ! -e out/weights.safetensors ]");
  EXPECT_EQ(differing(files_in("out"), before), "lock log.jsonl.new ");
  // Nobody takes the run before for the one that was begun.
  const Outcome resumed = heddle(words("--steps 3 --resume -o out"));
  EXPECT_EQ(resumed.exit_code, 3);
  EXPECT_THAT(resumed.output, AllOf(HasSubstr("log.jsonl.new"), HasSubstr("begun anew (-y)")));
  EXPECT_EQ(heddle(words("--steps 2 -o out")).exit_code, 7);
  std::filesystem::remove(folder_ / "out/log.jsonl.new");
  EXPECT_EQ(heddle(words("--steps 3 --resume -o out")).exit_code, 0);
  EXPECT_EQ(differing(files_in("out"), before), "");
}

TEST_F(TrainFolder, ARunBegunAnewThatIsKilledBehindItsFirstCheckpointIsTheOneThatGoesOn) {
  ASSERT_EQ(heddle(words("--steps 3 -o out")).exit_code, 0);
  const std::string finished = text("out/weights.safetensors");
  std::filesystem::copy(folder_ / "out/checkpoint.safetensors", folder_ / "old");
  const std::string more = "--steps 150 --checkpoint-every 3 --seed 9 ";
  ASSERT_EQ(heddle(words(more + "-o whole")).exit_code, 0);
  killed(more + "-y -o out", "! cmp -s old out/checkpoint.safetensors");
  ASSERT_TRUE(text("out/weights.safetensors") == finished) << "the run ended before it was killed";
  EXPECT_EQ(heddle(words(more + "--resume -o out")).exit_code, 0);
  EXPECT_EQ(numbers("out/log.jsonl", "loss"), numbers("whole/log.jsonl", "loss"));
  auto made = files_in("out"), whole = files_in("whole");
  for (auto* files : {&made, &whole}) files->erase("log.jsonl");  // seconds differ
  EXPECT_EQ(differing(made, whole), "");
}

TEST_F(TrainFolder, WhatAKillLeftToBeRenamedIsRenamedByTheNextRun) {
  const std::string more = "--steps 3 --seed 9 ";
  for (const bool log_renamed : {false, true}) {
    for (const char* folder : {"out", "new"}) std::filesystem::remove_all(folder_ / folder);
    ASSERT_EQ(heddle(words("--steps 4 -o out")).exit_code, 0);
    ASSERT_EQ(heddle(words(more + "-o new")).exit_code, 0);
    const auto whole = files_in("new");
    rename("new/log.jsonl", log_renamed ? "out/log.jsonl" : "out/log.jsonl.new");
    rename("new/checkpoint.safetensors", "out/checkpoint.safetensors.new");
    const Outcome outcome = heddle(words(more + "--resume -o out"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_EQ(differing(files_in("out"), whole), "");
  }
}

TEST_F(TrainFolder, PackedDataStayUntilTheFirstCheckpointOfTheRunThatReplacesThem) {
  ASSERT_EQ(heddle(with("-q --steps 2 -o out " + files_)).exit_code, 0);
  const std::string before = text("out/data/shard-0000.safetensors");
  write("half.fa", text("genome.fa").substr(0, 3000) + "\n");
  const std::string other = with("-q --seed 9 -y -o out --fasta half.fa --gff genome.gff3 ");
  run("'" HEDDLE_BINARY "' " + other +
          "--steps 1000000 --checkpoint-every 0 & pid=$!; until grep -qs norm out/log.jsonl.new || "
          "[ ! -e out/weights.safetensors ] || ! kill -0 $pid; do sleep 0.02; done; "
          "kill -9 $pid; wait $pid",
      folder_);
  EXPECT_TRUE(text("out/data/shard-0000.safetensors") == before);
  const Outcome outcome = heddle(other + "--steps 2");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(text("out/data/shard-0000.safetensors") != before);
  EXPECT_FALSE(exists("out/data.new"));
}

TEST_F(TrainFolder, TwoRunsDoNotWriteToOne) {
  const std::string second = "'" HEDDLE_BINARY "' " + words("--steps 2 -o out ");
  const Outcome outcome =
      run("'" HEDDLE_BINARY "' " + words("--steps 1000000 --checkpoint-every 1 -o out") +
              " & pid=$!; until [ -e out/checkpoint.safetensors ] || ! kill -0 $pid; do sleep "
              "0.02; done; " +
              second + "-y; echo anew $?; " + second + "--resume; echo resumed $?; " +
              "kill -INT $pid; wait $pid; echo first $?; " + second + "-y; echo after $?",
          folder_);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("out: another run is training here"),
                    HasSubstr("anew 7"),
                    HasSubstr("resumed 7"),
                    HasSubstr("first 130"),
                    HasSubstr("after 0")));
  EXPECT_EQ(numbers("out/log.jsonl", "loss").size(), 2u);
  EXPECT_FALSE(exists("out/lock"));
}

TEST_F(TrainFolder, WhatKilledRunsWereWritingIsCleared) {
  ASSERT_EQ(heddle(words("--steps 2 -o out")).exit_code, 0);
  const auto whole = files_in("out");
  for (const char* name : {"checkpoint.safetensors.partial-4711",
                           "checkpoint.safetensors.new.partial-4711",
                           "weights.safetensors.partial-12",
                           "loss.svg.partial"}) {
    write(std::string("out/") + name, "half");
  }
  write("out/weights.safetensors.partial-mine", "a user's");
  write("out/lock", "");
  ASSERT_EQ(heddle(words("--steps 2 --resume -o out")).exit_code, 0);
  EXPECT_EQ(text("out/weights.safetensors.partial-mine"), "a user's");
  std::filesystem::remove(folder_ / "out/weights.safetensors.partial-mine");
  EXPECT_EQ(differing(files_in("out"), whole), "");
}

}  // namespace
}  // namespace heddle
