// heddle train, as a user runs it, on a model small enough for a test.

#include "attention/weights/safetensors.h"
#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
  const Outcome genes = heddle("genome genome.fa --quiet -m out/weights.safetensors -o genes.gff3");
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
  const std::string words = with("-q --steps 150 --checkpoint-every 3 --data packed -o ");
  ASSERT_EQ(heddle(words + "whole").exit_code, 0);
  // Killed behind its first checkpoint, wherever it then is.
  run("'" HEDDLE_BINARY "' " + words +
          "cut & pid=$!; while [ ! -e cut/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.02; "
          "done; kill -9 $pid; wait $pid",
      folder_);
  ASSERT_TRUE(exists("cut/checkpoint.safetensors"));
  ASSERT_FALSE(exists("cut/weights.safetensors")) << "the run ended before it was killed";
  const Outcome resumed = heddle(words + "cut --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(text("cut/weights.safetensors"), text("whole/weights.safetensors"));
  EXPECT_EQ(numbers("cut/log.jsonl", "loss"), numbers("whole/log.jsonl", "loss"));
}

/// Words of a short run of a model with rolling memory.
std::string streaming(const std::string& words) {
  return "train --from '" HEDDLE_TEST_DATA
         "/genes-memory-small.safetensors' --batch 1 --warm-up 2 --learning-rate 0.003 "
         "--chapter 3 --held-back 0.2 " +
         words;
}

TEST_F(Train, AModelWithMemoryLearnsFromStreams) {
  const Outcome outcome = heddle(streaming(files_ + "--steps 30 --segments 2 -o out"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("a stream of 2 segments through memory"), HasSubstr("streams held")));
  const std::vector<double> held_back = numbers("out/log.jsonl", "validation");
  ASSERT_GE(held_back.size(), 2u);
  EXPECT_LT(held_back.back(), held_back.front());
  const Outcome genes = heddle("genome genome.fa --quiet -m out/weights.safetensors -o genes.gff3");
  EXPECT_EQ(genes.exit_code, 0) << genes.output;
}

TEST_F(Train, ARunThroughMemoryThatWasInterruptedGoesOnToTheSameModel) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string words =
      streaming("-q --steps 40 --segments 2 --checkpoint-every 1 --data packed -o ");
  ASSERT_EQ(heddle(words + "whole").exit_code, 0);
  run("'" HEDDLE_BINARY "' " + words +
          "cut & pid=$!; while [ ! -e cut/checkpoint.safetensors ] && kill -0 $pid; do sleep 0.02; "
          "done; kill -9 $pid; wait $pid",
      folder_);
  ASSERT_TRUE(exists("cut/checkpoint.safetensors"));
  ASSERT_FALSE(exists("cut/weights.safetensors")) << "the run ended before it was killed";
  const Outcome resumed = heddle(words + "cut --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(text("cut/weights.safetensors"), text("whole/weights.safetensors"));
}

TEST_F(Train, FrozenTensorsStayAsTheyWereAndTheOthersDoNot) {
  ASSERT_EQ(heddle(with("-q --store f32 --freeze emb. --freeze qkv --steps 3 -o out " + files_))
                .exit_code,
            0);
  const auto tensor = [this](const char* file, const char* name) {
    const attention::Weights weights((folder_ / file).string());
    const attention::TensorView& view = weights.tensor(name);
    return std::string(static_cast<const char*>(view.data), view.size() * sizeof(float));
  };
  for (const char* name : {"emb.weight", "emb.bias", "qkv.weight"}) {
    EXPECT_EQ(tensor("out/weights.safetensors", name), tensor("tiny.safetensors", name)) << name;
  }
  EXPECT_NE(tensor("out/weights.safetensors", "w1.weight"),
            tensor("tiny.safetensors", "w1.weight"));
}

TEST_F(Train, AsMuchOfTheStartIsKeptAsAsked) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string words = with("-q --store f32 --steps 3 --data packed ");
  ASSERT_EQ(heddle(words + "-o none").exit_code, 0);
  ASSERT_EQ(heddle(words + "--keep-start 0.25 -o some").exit_code, 0);
  ASSERT_EQ(heddle(words + "--keep-start 1 -o all").exit_code, 0);
  const auto values = [this](const char* file) {
    const attention::Weights weights((folder_ / file).string());
    const attention::TensorView& view = weights.tensor("w1.weight");
    const auto* first = static_cast<const float*>(view.data);
    return std::vector<float>(first, first + view.size());
  };
  const std::vector<float> start = values("tiny.safetensors");
  const std::vector<float> end = values("none/weights.safetensors");
  const std::vector<float> some = values("some/weights.safetensors");
  EXPECT_EQ(values("all/weights.safetensors"), start);
  EXPECT_NE(end, start);
  for (std::size_t i = 0; i < start.size(); ++i) {
    EXPECT_NEAR(some[i], 0.25 * start[i] + 0.75 * end[i], 1e-6);
  }
}

TEST_F(Train, TheFirstSignalKeepsACheckpointOfTheLastStepAndSaysHowToGoOn) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  // Nothing but the signal makes a checkpoint.
  const std::string words = with("--steps 1000000 --checkpoint-every 0 --data packed -o cut");
  const Outcome outcome =
      run("'" HEDDLE_BINARY "' " + words +
              " & pid=$!; while ! grep -q norm cut/log.jsonl && kill -0 $pid; do sleep 0.05; "
              "done; kill -INT $pid; wait $pid; echo code $?",
          folder_);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("code 130"), HasSubstr("--resume goes on")));
  EXPECT_FALSE(exists("cut/weights.safetensors"));
  ASSERT_TRUE(exists("cut/checkpoint.safetensors"));
  const std::string step = log("cut/log.jsonl").back()["step"].dump();
  EXPECT_THAT(text("cut/checkpoint.safetensors"), HasSubstr("\\\"step\\\":" + step + ","));
}

TEST_F(Train, ALogThatCannotBeWrittenEndsTheRunWithACheckpoint) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string words = with("--steps 1000000 --checkpoint-every 0 --data packed -o cut");
  const Outcome outcome =
      run("'" HEDDLE_BINARY "' " + words +
              " & pid=$!; while ! grep -q norm cut/log.jsonl && kill -0 $pid; do sleep 0.05; "
              "done; ln -s nothing/here link; mv -T link cut/log.jsonl; wait $pid; echo code $?",
          folder_);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("code 7"), HasSubstr("log.jsonl: cannot be written")));
  EXPECT_TRUE(exists("cut/checkpoint.safetensors"));
}

TEST_F(Train, AFinishedRunThatIsResumedChangesNothing) {
  const std::string words = with("-q --steps 3 -o out " + files_);
  ASSERT_EQ(heddle(words).exit_code, 0);
  const std::string log = text("out/log.jsonl"), weights = text("out/weights.safetensors");
  ASSERT_EQ(heddle(words + " --resume").exit_code, 0);
  EXPECT_EQ(text("out/log.jsonl"), log);
  EXPECT_EQ(text("out/weights.safetensors"), weights);
}

TEST_F(Train, NumbersAreTheSameInAnySpellingAndLessMemoryInAnyRun) {
  const std::string words = "train --from tiny.safetensors -q --steps 2 --batch 1 -o out " + files_;
  ASSERT_EQ(heddle(words + "--learning-rate 3e-4").exit_code, 0);
  const Outcome same = heddle(words + "--learning-rate 0.00030 --less-memory --resume");
  EXPECT_EQ(same.exit_code, 0) << same.output;
  EXPECT_EQ(heddle(words + "--learning-rate 4e-4 --resume").exit_code, 2);
}

TEST_F(Train, ARunThatAnotherDeviceGoesOnWithIsWarned) {
  const std::string words = with("--progress none --steps 2 -o out " + files_);
  ASSERT_EQ(heddle(words + "-d cpu").exit_code, 0);
  const Outcome outcome = heddle(words + "-d reference --resume");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("the device was cpu"), HasSubstr("and is reference")));
}

TEST_F(Train, ResumingWithOtherFilesLeavesThePackedDataAsTheyWere) {
  ASSERT_EQ(heddle(with("-q --steps 2 -o out " + files_)).exit_code, 0);
  const std::string before = text("out/data/shard-0000.safetensors");
  write("other.fa", ">made1\n" + std::string(2000, 'A') + "\n");
  const Outcome outcome =
      heddle(with("-q --steps 2 -o out --resume --fasta other.fa --gff genome.gff3"));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("the data was"));
  EXPECT_EQ(text("out/data/shard-0000.safetensors"), before);
  EXPECT_FALSE(exists("out/data.new"));
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

TEST_F(Train, PackedDataAreNeverReplacedUnaskedNorByHalf) {
  ASSERT_EQ(heddle("train -q --pack packed " + files_).exit_code, 0);
  const std::string before = text("packed/shard-0000.safetensors");
  const Outcome again = heddle("train -q --pack packed " + files_);
  EXPECT_EQ(again.exit_code, 7);
  EXPECT_THAT(again.output, HasSubstr("-y replaces it"));
  // The second file is no FASTA: nothing of the first may be left.
  const Outcome half =
      heddle("train -q -y --pack packed --fasta genome.fa match.mp4 --gff genome.gff3 genome.gff3");
  EXPECT_EQ(half.exit_code, 3) << half.output;
  EXPECT_EQ(text("packed/shard-0000.safetensors"), before);
  EXPECT_FALSE(exists("packed.partial"));
  EXPECT_EQ(heddle("train -q -y --pack packed " + files_).exit_code, 0);
}

TEST_F(Train, ASequenceOfAnotherGeneticCodeIsLeftOutWithAWarning) {
  write("two.fa", text("genome.fa") + ">mito\nATGAAATAA\n");
  write("two.gff3", text("genome.gff3") + "mito\tx\tCDS\t1\t9\t.\t+\t0\tID=m;transl_table=2\n");
  const Outcome outcome =
      heddle(with("--progress none --steps 2 -o out --fasta two.fa --gff two.gff3"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("left out: mito (genetic code 2)"), HasSubstr("1 sequences")));
}

TEST_F(Train, TheModelThatARunBeginsWithIsNotWrittenOver) {
  ASSERT_EQ(heddle(with("-q --steps 2 -o mine " + files_)).exit_code, 0);
  const std::string before = text("mine/weights.safetensors");
  const Outcome outcome =
      heddle("train -q --from mine/weights.safetensors -o mine -y --steps 2 " + files_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("is the model of --from"));
  EXPECT_EQ(text("mine/weights.safetensors"), before);
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
  write("rna.gff3", text("genome.gff3") + "made1\tx\ttRNA\t40\t115\t.\t+\t.\tID=t\n");
  ASSERT_EQ(heddle("train -q --pack packed --fasta genome.fa --gff rna.gff3").exit_code, 0);
  int recipes = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(HEDDLE_ROOT) / "configs/train")) {
    if (file.path().extension() != ".toml") continue;
    ++recipes;
    // The model here tells no RNA genes, that of such a recipe does.
    const bool rna = read_file(file.path()).find("rna-windows") != std::string::npos;
    const Outcome outcome =
        heddle("train '" + file.path().string() + (rna ? "' --add rna" : "'") +
               " -q --data packed -o out -y --from tiny.safetensors --steps 1 --batch 1");
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

TEST_F(Train, ASectionInARecipeIsRefused) {
  write("recipe.toml", "[train]\nsteps = 5\n");
  const Outcome outcome = heddle("train recipe.toml -q -o out " + files_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("without sections"));
}

TEST_F(Train, NothingHeldBackIsSaid) {
  write("short.fa",
        ">made1\n" + text("genome.fa").substr(text("genome.fa").find('\n') + 1, 1500) + "\n");
  const Outcome outcome = heddle(
      with("--progress none --steps 2 --held-back 0.01 -o out --fasta short.fa --gff genome.gff3"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("nothing is held back"));
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
