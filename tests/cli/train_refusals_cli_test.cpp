// What `heddle train` refuses, and what stands where it does.

#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace heddle {
namespace {

using testing::HasSubstr;

struct Failure {
  const char* name;
  const char* data;  // behind `heddle train -q -o out -y`
  const char* words;
  int exit_code;
};
class TrainOverwriting : public Train, public testing::WithParamInterface<Failure> {};

TEST_P(TrainOverwriting, ARunThatFailsLeavesTheOneThatWasThere) {
  ASSERT_EQ(heddle(with("-q --steps 2 -o out " + files_)).exit_code, 0);
  std::vector<std::string> before;
  const std::vector<std::string> names = {"out/weights.safetensors",
                                          "out/checkpoint.safetensors",
                                          "out/log.jsonl",
                                          "out/loss.svg",
                                          "out/data/shard-0000.safetensors"};
  for (const std::string& name : names) before.push_back(text(name));
  const Outcome outcome =
      heddle(std::string("train -q -o out -y ") + GetParam().data + " " + GetParam().words);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.output;
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(text(names[i]), before[i]) << names[i];
  EXPECT_FALSE(exists("out/data.new"));
}

constexpr char kFiles[] = "--from tiny.safetensors --fasta genome.fa --gff genome.gff3";
INSTANTIATE_TEST_SUITE_P(
    Failures,
    TrainOverwriting,
    testing::Values(
        Failure{"NoSuchData", "--from tiny.safetensors", "--data nothing", 6},
        Failure{"NoSuchModel", "--from nothing.safetensors", "--data out/data", 6},
        Failure{"AnotherKind", "--from tracking-reference", "--data out/data", 6},
        Failure{"NoSuchDevice", kFiles, "-d nothing", 2},
        Failure{"WindowTooShort", kFiles, "--window 5", 2},
        Failure{"WindowThatDoesNotFitTheModel", kFiles, "--window 100", 2},
        Failure{"Average", kFiles, "--average 1", 2},
        Failure{"HeldBack", kFiles, "--held-back 1", 2},
        Failure{"Batch", kFiles, "--batch 0", 2},
        Failure{"Steps", kFiles, "--steps 0", 2},
        Failure{"Decay", kFiles, "--decay=-1", 2},
        Failure{"LearningRate", kFiles, "--learning-rate nan", 2},
        Failure{"FreezesNothing", kFiles, "--freeze nothing", 2},
        Failure{"FreezesAll", kFiles, "--freeze ''", 2},
        Failure{"SegmentsWithoutMemory", kFiles, "--segments 2", 2},
        Failure{"ChapterWithoutMemory", kFiles, "--chapter 8", 2},
        Failure{"CutWithMemory",
                "--from '" HEDDLE_TEST_DATA
                "/genes-memory-small.safetensors' --fasta genome.fa --gff genome.gff3",
                "--steps 1 --batch 1 --held-back 0.2 --cut 0.1",
                2},
        Failure{"ErrorRates", kFiles, "--lowest-error 0.2 --highest-error 0.1", 2},
        Failure{"NoGenes", "--from tiny.safetensors", "--fasta genome.fa --gff genome.fa", 3}),
    [](const auto& failure) { return std::string(failure.param.name); });
struct Mistake {
  const char* name;
  const char* words;
  const char* says;
};
class TrainUsage : public Train, public testing::WithParamInterface<Mistake> {};

TEST_P(TrainUsage, IsRefusedInOneLineBeforeAnythingIsMade) {
  const Outcome outcome = heddle(std::string("train ") + GetParam().words);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr(GetParam().says));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
  EXPECT_FALSE(exists("out"));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes,
    TrainUsage,
    testing::Values(
        Mistake{"NoModel", "-o out --fasta genome.fa --gff genome.gff3", "--from is missing"},
        Mistake{"NoFolder", "--from tiny.safetensors --fasta genome.fa --gff genome.gff3", "-o is"},
        Mistake{"NoData", "--from tiny.safetensors -o out", "no data"},
        Mistake{
            "NoAnnotation", "--from tiny.safetensors -o out --fasta genome.fa", "1 --fasta and 0"},
        Mistake{"BothData",
                "--from tiny.safetensors -o out --data x --fasta genome.fa --gff genome.gff3",
                "--data and --fasta"},
        Mistake{"PackOfNothing", "--pack out", "--pack needs"},
        Mistake{"ResumeAndReplace",
                "--from tiny.safetensors -o out --data x --resume -y",
                "--resume and --overwrite"},
        Mistake{
            "SegmentsWithoutMemory",
            "-q -o out --from tiny.safetensors --fasta genome.fa --gff genome.gff3 --segments 2",
            "--segments is of models with rolling memory"},
        Mistake{"ChapterWithoutMemory",
                "-q -o out --from tiny.safetensors --fasta genome.fa --gff genome.gff3 --chapter 8",
                "--chapter is of models with rolling memory"},
        Mistake{
            "WindowThatIsNoMultiple",
            "-q -o out --from tiny.safetensors --fasta genome.fa --gff genome.gff3 --window 1000",
            "--window 1000: model 'genes-tiny-test' takes multiples of 6 bases; give 996, or 0 "
            "for its own 192"},
        Mistake{"WindowWithoutACore",
                "--from '" HEDDLE_TEST_DATA "/genes-memory-small.safetensors' -q -o out --fasta "
                "genome.fa --gff genome.gff3 --window 12",
                "--window 12: model"},
        Mistake{"CutWithMemory",
                "--from '" HEDDLE_TEST_DATA "/genes-memory-small.safetensors' -q -o out --fasta "
                "genome.fa --gff genome.gff3 --cut 0.1",
                "--cut is of models without rolling memory"}),
    [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace heddle
