// CRISPR arrays, as a user asks for them.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

#include <random>

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRepeat = "GTTTTAGAGCTATGCTGTTTTGAATGGTCCCAAAAC";

std::string random_bases(std::size_t count, std::mt19937& random) {
  std::string bases;
  for (std::size_t i = 0; i < count; ++i) bases += "ACGT"[random() % 4];
  return bases;
}

/// 2,000 bases, six repeats, 2,000 bases.
std::string with_array() {
  std::mt19937 random(1);
  std::string bases = random_bases(2000, random);
  for (int i = 0; i < 6; ++i) bases += kRepeat + random_bases(i < 5 ? 30 : 2000, random);
  return bases;
}

class Crispr : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    write("array.fa", ">c\n" + with_array() + "\n");
    write("read.fastq",
          "@r\n" + with_array() + "\n+\n" + std::string(with_array().size(), 'I') + "\n");
  }
  std::string told(const std::string& words, const std::string& file) {
    const Outcome outcome = heddle("genome " + words + " -y -o " + file);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return text(file);
  }
};

TEST_F(Crispr, ArraysAloneNeedNoModel) {
  const Outcome outcome = heddle("genome array.fa --classes crispr -o x.gff3");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("with no model"), HasSubstr(": 1 CRISPR array\n")));
  EXPECT_THAT(text("x.gff3"),
              AllOf(HasSubstr(std::string("rpt_unit_seq=") + kRepeat + ";copies=6;"),
                    HasSubstr("\trepeat_unit\t"),
                    Not(HasSubstr("\tCDS\t"))));
  const Outcome model = heddle("genome array.fa --classes crispr -m genes-tiny -o y.gff3");
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_THAT(model.output, HasSubstr("-m genes-tiny means nothing beside --classes crispr"));
}

TEST_F(Crispr, ArraysStandBesideGenesOnlyWhereAskedFor) {
  EXPECT_THAT(told("array.fa -m genes-tiny", "x.gff3"), Not(HasSubstr("repeat_region")));
  for (const char* classes : {"cds,crispr", "crispr,trna", "all"}) {
    EXPECT_THAT(told("array.fa -m genes-tiny --classes " + std::string(classes), "x.gff3"),
                HasSubstr("\trepeat_region\t"))
        << classes;
  }
}

TEST_F(Crispr, AreToldInEveryFormatThatTheyHaveAPlaceIn) {
  EXPECT_THAT(told("array.fa --classes crispr", "x.bed"), HasSubstr("\tCRISPR\t"));
  EXPECT_THAT(told("array.fa --classes crispr", "x.tsv"),
              AllOf(HasSubstr("\trpt_unit_seq\tcopies\tspacer_length\tidentity\t"),
                    HasSubstr(kRepeat),
                    Not(HasSubstr("start_type"))));
  EXPECT_THAT(told("array.fa --classes crispr", "x.gbk"), HasSubstr("/rpt_family=\"CRISPR\""));
  EXPECT_THAT(told("array.fa --classes crispr", "x.jsonl"), HasSubstr("\"copies\":6"));
  EXPECT_THAT(told("array.fa --classes crispr", "x.html"), HasSubstr("CRISPR arrays"));
  EXPECT_THAT(told("array.fa --classes crispr", "x.bedgraph"), HasSubstr("c\t"));
}

TEST_F(Crispr, AReadHasThemToo) {
  EXPECT_THAT(told("read.fastq --classes crispr", "x.gff3"), HasSubstr("copies=6"));
}

TEST_F(Crispr, HowTheInputIsReadChangesNothing) {
  const std::string whole = told("array.fa --classes crispr", "x.gff3");
  EXPECT_EQ(told("array.fa --classes crispr --io-chunk 7 -t 1", "x.gff3"), whole);
}

TEST_F(Crispr, WhatHasNoPlaceForThemIsRefused) {
  const auto refused = [this](const std::string& words) {
    const Outcome outcome = heddle("genome " + words);
    EXPECT_EQ(outcome.exit_code, 2) << words << ": " << outcome.output;
    return outcome.output;
  };
  EXPECT_THAT(refused("reads.bam --classes crispr -o x.bam"), HasSubstr("coding genes alone"));
  EXPECT_THAT(refused("array.fa --classes crispr -o x.faa"), HasSubstr("faa holds proteins alone"));
  EXPECT_THAT(refused("array.fa --classes crispr -o x.ffn"), HasSubstr("ffn holds genes alone"));
  EXPECT_THAT(refused("reads.bam --classes cds,crispr --lift -o x.gff3"), HasSubstr("--lift"));
  EXPECT_THAT(refused("array.fa --classes cds,repeat -o x.gff3"), HasSubstr("--task repeats"));
  EXPECT_THAT(refused("array.fa --classes crispr --values coding -o x.bw"),
              HasSubstr("--values coding means nothing"));
}

}  // namespace
}  // namespace heddle
