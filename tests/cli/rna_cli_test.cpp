// RNA genes, as a user asks for them: a head taught, its genes told, and what is refused.

#include "pipeline/rna_kinds.h"
#include "pipeline/training/rna_head.h"
#include "tests/cli/train_case.h"

#include <gmock/gmock.h>

#include <algorithm>
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
  /// trna.safetensors, which takes every base for one of a tRNA gene, of either strand.
  void write_model_of_trna() {
    attention::Parameters model =
        pipeline::with_rna_head(attention::train::tiny_gene_model(), 1, "tiny");
    const attention::TensorView weights = model.at("rna.2.weight");
    std::fill_n(weights.as<float>(), weights.size(), 0.0F);
    float* bias = model.at("rna.2.bias").as<float>();
    std::fill_n(bias, pipeline::kRnaClasses, 0.0F);
    bias[1] = bias[2] = 8;
    model.save((folder_ / "trna.safetensors").string());
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
  EXPECT_EQ(heddle("genome genome.fa --quiet -m out/weights.safetensors -o all.gff3").exit_code, 0);
  const Outcome again = heddle(
      "train -q --add rna --from out/weights.safetensors --steps 2 -o again --fasta genome.fa "
      "--gff "
      "rna.gff3");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.output, HasSubstr("already"));
}

TEST_F(Rna, AreToldInEveryFormatThatTheyHaveAPlaceIn) {
  write_model_of_trna();
  const Outcome all = heddle("genome genome.fa --quiet -m trna.safetensors -o out/ -O " +
                             std::string("gff3,tsv,ffn,gbk,jsonl,html"));
  ASSERT_EQ(all.exit_code, 0) << all.output;
  EXPECT_THAT(text("out/genome.gff3"), AllOf(HasSubstr("\ttRNA\t"), Not(HasSubstr("\trRNA\t"))));
  EXPECT_THAT(text("out/genome.tsv"), AllOf(HasSubstr("\tproduct"), HasSubstr("tRNA")));
  EXPECT_THAT(text("out/genome.gbk"), HasSubstr("\n     tRNA  "));
  for (const char* extension : {"ffn", "jsonl", "html"}) {
    EXPECT_THAT(text(std::string("out/genome.") + extension), HasSubstr("tRNA")) << extension;
  }
  const Outcome bed =
      heddle("genome genome.fa --quiet -m trna.safetensors --classes trna -o only.bed");
  ASSERT_EQ(bed.exit_code, 0) << bed.output;
  EXPECT_THAT(text("only.bed"), HasSubstr("\ttRNA\t"));
}

TEST_F(Rna, ClassesChooseAmongThem) {
  write_model_of_trna();
  const auto told = [this](const std::string& classes) {
    const Outcome outcome = heddle("genome genome.fa --quiet -y -m trna.safetensors -o told.gff3" +
                                   std::string(" --classes ") + classes);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return text("told.gff3");
  };
  EXPECT_THAT(told("trna,rrna"), AllOf(HasSubstr("\ttRNA\t"), Not(HasSubstr("\tCDS\t"))));
  EXPECT_THAT(told("cds,trna"), HasSubstr("\ttRNA\t"));
  EXPECT_THAT(told("rrna,tmrna"), Not(HasSubstr("\ttRNA\t")));
  EXPECT_THAT(told("cds"), Not(HasSubstr("\ttRNA\t")));
}

TEST_F(Rna, ClassesThatAnOutputCannotHoldAreRefused) {
  write_model_of_trna();
  const auto refused = [this](const std::string& words) {
    const Outcome outcome =
        heddle("genome reads.bam --quiet -m trna.safetensors --classes " + words);
    EXPECT_EQ(outcome.exit_code, 2) << words << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("--classes trna: ")) << words;
    return outcome.output;
  };
  EXPECT_THAT(refused("trna -o x.bam"), HasSubstr("SAM, BAM and CRAM hold coding genes alone"));
  EXPECT_THAT(refused("trna,rrna -O gff3,sam -o out/"), HasSubstr("coding genes alone"));
  EXPECT_THAT(refused("trna -o x.faa"), HasSubstr("faa holds proteins alone"));
  EXPECT_THAT(refused("trna --lift -o x.gff3"), HasSubstr("--lift"));
  EXPECT_THAT(refused("trna,cds --lift -o x.gff3"), HasSubstr("--lift"));
  const Outcome both =
      heddle("genome reads.bam --quiet -m trna.safetensors --classes cds,trna -o x.bam");
  EXPECT_EQ(both.exit_code, 0) << both.output;
}

TEST_F(Rna, AFreshModelsHeadBeginsAsOneThatIsAdded) {
  const Outcome outcome = teach("--fresh --steps 1 --rna-windows 0.8 -o out");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const attention::Parameters made{
      attention::Weights((folder_ / "out/weights.safetensors").string())};
  const float* bias = made.at("rna.2.bias").as<float>();
  EXPECT_NEAR(bias[0], 4, 0.1) << "most bases are in no RNA gene";
  EXPECT_NEAR(bias[1], 0, 0.1);
}

TEST_F(Rna, AModelWithoutThemSaysSo) {
  const Outcome outcome =
      heddle("genome genome.fa --quiet -m tiny.safetensors --classes cds,trna -o x.gff3");
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("--classes trna"),
            HasSubstr("genes-tiny-test"),
            HasSubstr("knows no RNA genes; genes-tiny, the default, does, and -m genes-rna")));
  EXPECT_FALSE(exists("x.gff3"));
  EXPECT_EQ(
      heddle("genome genome.fa --quiet -m tiny.safetensors --classes cds -o y.gff3").exit_code, 0);
  EXPECT_EQ(heddle("genome genome.fa --quiet -m tiny.safetensors -o z.gff3").exit_code, 0);
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
  EXPECT_EQ(rows[3]["precision"], 0.0);
  EXPECT_TRUE(rows[3]["recall"].is_null());  // the truth has none
  for (const char* share : {"recall", "precision", "F1"}) EXPECT_TRUE(rows[4][share].is_null());
  EXPECT_EQ(heddle("eval rna genome.gff3 told.gff3").exit_code, 3);
}

TEST_F(Rna, GenesOnSequencesThatTheTruthHasNotAreAnErrorOrNamed) {
  const std::string row = "\tx\ttRNA\t40\t115\t.\t+\t.\tID=t\n";
  write("other.gff3", "##gff-version 3\nchr" + row);
  write("part.gff3", "##gff-version 3\nmade1" + row + "plasmid" + row);
  const Outcome other = heddle("eval rna rna.gff3 other.gff3");
  EXPECT_EQ(other.exit_code, 3) << other.output;
  EXPECT_THAT(other.output,
              HasSubstr("other.gff3: its genes lie on chr, those of rna.gff3 on made1"));
  const Outcome part = heddle("eval rna rna.gff3 part.gff3");
  EXPECT_EQ(part.exit_code, 0) << part.output;
  EXPECT_THAT(part.output, HasSubstr("warning: part.gff3: its genes on plasmid count as wrong"));
}

TEST_F(Rna, AnRrnaOfNoKindCountsAmongAll) {
  write("told.gff3", "##gff-version 3\nmade1\tx\trRNA\t3000\t3599\t9\t+\t.\tID=a\n");
  const Outcome outcome = heddle("eval rna rna.gff3 told.gff3 --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto rows = nlohmann::json::parse(outcome.output)["rnas"];
  EXPECT_EQ(rows[5]["class"], "rRNA");
  EXPECT_EQ(rows[5]["extra"], 1);
  EXPECT_EQ(rows[6]["predicted"], 1);
}

}  // namespace
}  // namespace heddle
