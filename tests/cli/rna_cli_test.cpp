// RNA genes, as a user asks for them: a head taught, its genes told, and what is refused.

#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

#include <fstream>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Rna : public Train {
 protected:
  void SetUp() override {
    Train::SetUp();
    std::ofstream(folder_ / "rna.gff3") << text("genome.gff3")
                                        << "made1\tx\ttRNA\t40\t115\t.\t+\t.\tID=t1\n"
                                           "made1\tx\ttRNA\t1140\t1215\t.\t-\t.\tID=t2\n";
  }
  Outcome teach(const std::string& words) {
    return heddle(with("-q --add rna --fasta genome.fa --gff rna.gff3 " + words));
  }
};

TEST_F(Rna, AHeadIsTaughtAndItsModelTellsWhatIsAskedFor) {
  const Outcome taught = teach("--steps 60 --rna-windows 0.8 -o out");
  ASSERT_EQ(taught.exit_code, 0) << taught.output;
  const auto lines = log("out/log.jsonl");
  const double first = lines[1]["losses"]["rna"], last = lines[lines.size() - 2]["losses"]["rna"];
  EXPECT_LT(last, first);
  const Outcome all =
      heddle("genome genome.fa -q -m out/weights.safetensors -O tsv,gbk,html -o out2");
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_THAT(text("out2/genome.tsv"), HasSubstr("\tproduct\t"));
  const Outcome only = heddle(
      "genome genome.fa -q -m out/weights.safetensors --classes trna,rrna -O gff3 -o rna.out.gff3");
  EXPECT_EQ(only.exit_code, 0) << only.output;
  EXPECT_THAT(text("rna.out.gff3"), Not(HasSubstr("\tCDS\t")));
  const Outcome again = heddle(
      "train -q --add rna --from out/weights.safetensors --steps 2 -o again --fasta genome.fa "
      "--gff "
      "rna.gff3");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.output, HasSubstr("already"));
}

TEST_F(Rna, AModelWithoutThemSaysSo) {
  const Outcome outcome =
      heddle("genome genome.fa -q -m tiny.safetensors --classes cds,trna -o x.gff3");
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("--classes trna"),
                    HasSubstr("genes-tiny-test"),
                    HasSubstr("knows no RNA genes")));
  EXPECT_FALSE(exists("x.gff3"));
  EXPECT_EQ(heddle("genome genome.fa -q -m tiny.safetensors --classes cds -o y.gff3").exit_code, 0);
  EXPECT_EQ(heddle("genome genome.fa -q -m tiny.safetensors -o z.gff3").exit_code, 0);
  EXPECT_EQ(text("y.gff3"), text("z.gff3"));
}

TEST_F(Rna, WhatWouldTeachNothingIsRefused) {
  const Outcome silent = heddle(with("-q --add rna --steps 2 -o out " + files_));
  EXPECT_EQ(silent.exit_code, 2);
  EXPECT_THAT(silent.output, HasSubstr("no RNA genes"));
  const Outcome quiet = heddle(with("-q --add rna --rna-windows 0 --steps 2 -o out " + files_));
  EXPECT_EQ(quiet.exit_code, 2);
  EXPECT_THAT(quiet.output, HasSubstr("the data say nothing of them"));
  const Outcome without = heddle(with("-q --rna-weight 2 --steps 2 -o out " + files_));
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.output, HasSubstr("--rna-weight is of models that tell RNA genes"));
}

TEST_F(Rna, GenesAreJudgedByKind) {
  std::ofstream(folder_ / "told.gff3")
      << "##gff-version "
         "3\nmade1\tx\ttRNA\t42\t115\t9\t+\t.\tID=a\nmade1\tx\trRNA\t3000\t4540\t9\t+\t.\t"
         "product=16S ribosomal RNA\n";
  const Outcome outcome = heddle("eval rna rna.gff3 told.gff3 --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto rows = nlohmann::json::parse(outcome.output)["rnas"];
  EXPECT_EQ(rows[0]["class"], "tRNA");
  EXPECT_EQ(rows[0]["annotated"], 2);
  EXPECT_EQ(rows[0]["found"], 1);
  EXPECT_EQ(rows[3]["extra"], 1);
  EXPECT_EQ(heddle("eval rna genome.gff3 told.gff3").exit_code, 3);
}

}  // namespace
}  // namespace heddle
