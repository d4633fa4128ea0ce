// heddle train, as a user runs it, on a model small enough for a test.

#include "tests/cli/cli.h"
#include "tests/unit/attention/train/tiny_gene_model.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <vector>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Train : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    const std::filesystem::path root = HEDDLE_ROOT;
    std::filesystem::copy(root / "tests/golden/stored/contig/genome.gff3", folder_ / "genome.gff3");
    attention::train::tiny_gene_model().save((folder_ / "tiny.safetensors").string());
  }
  /// Words that every run here shares.
  std::string with(const std::string& words) const {
    return "train --from tiny.safetensors --batch 2 --warm-up 2 --learning-rate 0.01 " + words;
  }
  std::vector<nlohmann::json> log(const std::string& name) {
    std::istringstream lines(text(name));
    std::vector<nlohmann::json> parsed;
    for (std::string line; std::getline(lines, line);)
      parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }
  std::vector<double> numbers(const std::string& name, const char* key) {
    std::vector<double> found;
    for (const auto& line : log(name)) {
      if (line.contains(key)) found.push_back(line[key]);
    }
    return found;
  }
  const std::string files_ = "--fasta genome.fa --gff genome.gff3 ";
};

TEST_F(Train, FineTuningLowersTheLossAndTheModelFindsGenes) {
  const Outcome outcome = heddle(with(files_ + "--steps 40 -o out"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("packed into out/data: 1 sequences, "),
                    HasSubstr("wrote out/weights.safetensors")));
  const std::vector<double> held_back = numbers("out/log.jsonl", "validation");
  ASSERT_GE(held_back.size(), 2u);
  EXPECT_LT(held_back.back(), 0.8 * held_back.front());
  EXPECT_EQ(numbers("out/log.jsonl", "loss").size(), 40u);
  EXPECT_THAT(text("out/loss.svg"), HasSubstr("<svg"));
  const Outcome genes = heddle("genome genome.fa -q -m out/weights.safetensors -o genes.gff3");
  EXPECT_EQ(genes.exit_code, 0) << genes.output;
}

TEST_F(Train, PackedDataAndTheirFilesGiveTheSameModelWithAnyThreads) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  ASSERT_EQ(heddle(with("-q --steps 6 -o a -t 1 --data packed")).exit_code, 0);
  ASSERT_EQ(heddle(with("-q --steps 6 -o b -t 2 " + files_)).exit_code, 0);
  EXPECT_EQ(text("a/weights.safetensors"), text("b/weights.safetensors"));
}

TEST_F(Train, AnInterruptedRunGoesOnToTheSameModel) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string words = with("-q --steps 60 --checkpoint-every 3 --data packed -o ");
  ASSERT_EQ(heddle(words + "whole").exit_code, 0);
  // Killed behind its first checkpoint, wherever it then is.
  run("'" HEDDLE_BINARY "' " + words +
          "cut & pid=$!; while [ ! -e cut/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.05; "
          "done; kill -9 $pid; wait $pid",
      folder_);
  ASSERT_TRUE(exists("cut/checkpoint.safetensors"));
  const Outcome resumed = heddle(words + "cut --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(text("cut/weights.safetensors"), text("whole/weights.safetensors"));
  EXPECT_EQ(numbers("cut/log.jsonl", "loss"), numbers("whole/log.jsonl", "loss"));
}

TEST_F(Train, TheFirstSignalKeepsACheckpointAndSaysHowToGoOn) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string words = with("--steps 1000000 --checkpoint-every 2 --data packed -o cut");
  const Outcome outcome = run(
      "'" HEDDLE_BINARY "' " + words +
          " & pid=$!; while [ ! -e cut/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.05; "
          "done; kill -INT $pid; wait $pid; echo code $?",
      folder_);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("code 130"), HasSubstr("--resume goes on")));
  EXPECT_FALSE(exists("cut/weights.safetensors"));
}

TEST_F(Train, ResumingWithOtherOptionsIsRefusedByName) {
  ASSERT_EQ(heddle(with("-q --steps 2 -o out " + files_)).exit_code, 0);
  const Outcome outcome = heddle(with("-q --steps 2 --seed 9 -o out --resume " + files_));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("--seed was 1 and is 9"));
}

TEST_F(Train, ARunIsNeverReplacedUnasked) {
  const std::string words = with("-q --steps 2 -o out " + files_);
  ASSERT_EQ(heddle(words).exit_code, 0);
  const Outcome again = heddle(words);
  EXPECT_EQ(again.exit_code, 7);
  EXPECT_THAT(again.output, AllOf(HasSubstr("--resume"), HasSubstr("-y")));
  EXPECT_EQ(heddle(words + " -y").exit_code, 0);
}

TEST_F(Train, ARecipeGivesOptionsAndTheCommandLineWins) {
  write(
      "recipe.toml",
      "# mine\nfrom = \"tiny.safetensors\"\nsteps = 5\nbatch = 1\nwarm-up = 1\nbfloat16 = true\n");
  ASSERT_EQ(heddle("train recipe.toml -q --steps 3 -o out " + files_).exit_code, 0);
  EXPECT_EQ(numbers("out/log.jsonl", "loss").size(), 3u);
  EXPECT_THAT(text("out/weights.safetensors"), HasSubstr("--bfloat16"));
}

TEST_F(Train, EveryRecipeShippedIsUnderstood) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  int recipes = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(HEDDLE_ROOT) / "configs/train")) {
    if (file.path().extension() != ".toml") continue;
    ++recipes;
    const Outcome outcome =
        heddle("train '" + file.path().string() +
               "' -q --data packed -o out -y --from tiny.safetensors --steps 1 --batch 1");
    EXPECT_EQ(outcome.exit_code, 0) << file.path() << outcome.output;
  }
  EXPECT_GE(recipes, 2);
}

TEST_F(Train, AnUnknownOptionOfARecipeNamesTheNearest) {
  write("recipe.toml", "stpes = 5\n");
  const Outcome outcome = heddle("train recipe.toml -q -o out " + files_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("recipe.toml"), HasSubstr("did you mean 'steps'?")));
}

TEST_F(Train, NamesThatDoNotAgreeAreToldWithBoth) {
  write("other.fa", ">another\nACGTACGTACGT\n");
  const Outcome outcome = heddle(with("-q -o out --fasta other.fa --gff genome.gff3"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("'made1'"), HasSubstr("'another'")));
}

TEST_F(Train, AModelOfAnotherKindIsRefused) {
  const Outcome outcome = heddle("train --from tracking-reference -q -o out " + files_);
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_THAT(outcome.output, HasSubstr("heddle train trains gene models"));
}

TEST_F(Train, DamagedDataAreRefused) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  std::fstream shard(folder_ / "packed/shard-0000.safetensors",
                     std::ios::in | std::ios::out | std::ios::binary);
  shard.seekp(5000);
  shard.put(2);
  shard.put(1);
  shard.put(0);
  shard.close();
  const Outcome outcome = heddle(with("-q -o out --data packed"));
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_THAT(outcome.output, HasSubstr("damaged"));
}

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
                "--resume and --overwrite"}),
    [](const auto& mistake) { return std::string(mistake.param.name); });

TEST_F(Train, TheSmallProgramTrainsOnPackedDataAlone) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  ASSERT_EQ(heddle(with("-q --steps 3 --data packed -o big")).exit_code, 0);
  const std::string small = "'" HEDDLE_TRAIN_BINARY "' ";
  const std::string words = with("-q --steps 3 --data packed -o small").substr(6);
  const Outcome outcome = run(small + words, folder_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(text("small/weights.safetensors"), text("big/weights.safetensors"));
  const Outcome packing = run(small + "--pack p " + files_, folder_);
  EXPECT_EQ(packing.exit_code, 2);
  EXPECT_THAT(packing.output, HasSubstr("heddle train --pack"));
}

TEST_F(Train, TheSmallProgramNeedsNoLibraryThatReadsVideosOrAlignments) {
  const Outcome needs = run("readelf -d '" HEDDLE_TRAIN_BINARY "'", folder_);
  ASSERT_EQ(needs.exit_code, 0) << needs.output;
  EXPECT_THAT(needs.output, HasSubstr("NEEDED"));
  for (const char* library : {"libav", "libsw", "libhts", "libopencv", "libmicrohttpd"}) {
    EXPECT_THAT(needs.output, Not(HasSubstr(library)));
  }
}

}  // namespace
}  // namespace heddle
