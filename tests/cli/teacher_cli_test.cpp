// heddle train --teacher, as a user runs it: what it changes, how it is resumed, what is refused.

#include "pipeline/training/rna_head.h"
#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TaughtRun : public Train {
 protected:
  void SetUp() override {
    Train::SetUp();
    for (const std::uint64_t seed : {21, 22}) {
      attention::Parameters teacher = attention::train::tiny_gene_model();
      attention::train::set_fresh_values(teacher, seed);
      teacher.save((folder_ / (seed == 21 ? "teacher.safetensors" : "other.safetensors")).string());
    }
    ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  }
  /// What is learned in six steps.
  std::string learned(const std::string& words, const std::string& folder) {
    const Outcome outcome = heddle(with("-q --steps 6 --data packed -o " + folder + " " + words));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return text(folder + "/weights.safetensors");
  }
  std::string refused(const std::string& words) {
    const Outcome outcome = heddle(with("-q --steps 2 --data packed -o out " + words));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_FALSE(exists("out"));
    return outcome.output;
  }
};

TEST_F(TaughtRun, IsTheSameWithAnyThreadsAndAnotherWithAnotherTeacherOrShare) {
  const std::string made = learned("--teacher teacher.safetensors -t 1", "a");
  EXPECT_EQ(learned("--teacher teacher.safetensors -t 2", "b"), made);
  EXPECT_EQ(learned("--teacher teacher.safetensors --teacher-share 0.5", "c"), made);
  EXPECT_NE(learned("--teacher teacher.safetensors --teacher-share 0.9", "d"), made);
  EXPECT_NE(learned("--teacher other.safetensors", "e"), made);
  EXPECT_NE(learned("", "f"), made);
  EXPECT_THAT(made, AllOf(HasSubstr("the teacher"), HasSubstr("--teacher-share")));
}

TEST_F(TaughtRun, ThatWasInterruptedGoesOnToTheSameModel) {
  const std::string words =
      with("-q --steps 150 --checkpoint-every 3 --data packed --teacher teacher.safetensors -o ");
  ASSERT_EQ(heddle(words + "whole").exit_code, 0);
  run("'" HEDDLE_BINARY "' " + words +
          "cut & pid=$!; while [ ! -e cut/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.02; "
          "done; kill -9 $pid; wait $pid",
      folder_);
  ASSERT_FALSE(exists("cut/weights.safetensors")) << "the run ended before it was killed";
  std::filesystem::rename(folder_ / "teacher.safetensors", folder_ / "moved.safetensors");
  const std::string moved =
      with("-q --steps 150 --checkpoint-every 3 --data packed --teacher moved.safetensors -o cut");
  EXPECT_EQ(heddle(moved + " --resume").exit_code, 0);
  EXPECT_EQ(text("cut/weights.safetensors"), text("whole/weights.safetensors"));
}

TEST_F(TaughtRun, IsNotResumedWithAnotherTeacherOrShareOrNone) {
  static_cast<void>(learned("--teacher teacher.safetensors", "out"));
  const auto resumed = [this](const std::string& words) {
    const Outcome outcome = heddle(with("-q --steps 6 --data packed -o out --resume " + words));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    return outcome.output;
  };
  EXPECT_THAT(resumed("--teacher other.safetensors"), HasSubstr("the teacher was"));
  EXPECT_THAT(resumed("--teacher teacher.safetensors --teacher-share 0.4"),
              HasSubstr("--teacher-share was 0.5 and is 0.4"));
  EXPECT_THAT(resumed(""), HasSubstr("the teacher was"));
}

TEST_F(TaughtRun, ARecipeNamesItsTeacher) {
  write("recipe.toml",
        "from = \"tiny.safetensors\"\nteacher = \"teacher.safetensors\"\nteacher-share = 0.25\n"
        "steps = 2\nbatch = 1\nwarm-up = 1\n");
  const Outcome outcome = heddle("train recipe.toml --progress none --data packed -o out");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("of each target the teacher's answer is 0.25"));
}

TEST_F(TaughtRun, AModelThatTellsOtherThingsIsNoTeacher) {
  pipeline::with_rna_head(attention::train::tiny_gene_model(), 1, "tiny")
      .save((folder_ / "rna.safetensors").string());
  EXPECT_THAT(refused("--teacher rna.safetensors"),
              AllOf(HasSubstr("--teacher: model 'genes-tiny-test' has 'rna' 8"),
                    HasSubstr("model 'genes-tiny-test' nowhere")));
  EXPECT_THAT(refused("--teacher tracking-reference"), HasSubstr("of kind 'tracking'"));
  EXPECT_THAT(refused("--teacher '" HEDDLE_TEST_DATA "/genes-memory-small.safetensors'"),
              HasSubstr("--teacher is of models without rolling memory"));
  EXPECT_THAT(refused("--teacher-share 0.5"), HasSubstr("--teacher-share is of runs with"));
  EXPECT_THAT(refused("--teacher teacher.safetensors --teacher-share 1.5"),
              HasSubstr("from 0 to 1"));
  EXPECT_EQ(heddle(with("-q --data packed -o out --teacher nothing")).exit_code, 6);
}

TEST_F(TaughtRun, ATeacherIsNotWrittenOver) {
  const std::string before = learned("", "mine");
  const Outcome outcome =
      heddle(with("-q --steps 2 --data packed -o mine -y --teacher mine/weights.safetensors"));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("is the model of --teacher"));
  EXPECT_EQ(text("mine/weights.safetensors"), before);
}

}  // namespace
}  // namespace heddle
