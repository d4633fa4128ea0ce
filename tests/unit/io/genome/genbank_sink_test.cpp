// GenBank as it is written: the text, and what other readers make of it.

#include "io/sink.h"
#include "io/source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Interval gene(char strand, std::vector<Interval::Part> parts) {
  Interval made;
  made.sequence = "chr";
  made.type = "CDS";
  made.strand = strand;
  made.parts = std::move(parts);
  made.score = 12.3456;
  return made;
}

std::string bases_of(std::size_t count) {
  std::string bases;
  while (bases.size() < count) bases += "ACGTTGCANG";
  return bases.substr(0, count);
}

struct Written {
  std::vector<Interval> genes;
  std::size_t length = 130;
  bool circular = false;
  std::size_t piece = 130;  // bases that come at a time
  std::string name = "chr";
};

void write(const std::string& path, const Written& what) {
  const auto sink = open_sink("gbk", path, {.genetic_code = 11, .program = "heddle 0.1.0"});
  const std::string bases = bases_of(what.length);
  for (std::size_t at = 0; at < bases.size(); at += what.piece) {
    Sequence piece;
    piece.name = what.name;
    piece.offset = static_cast<std::int64_t>(at);
    piece.bases = bases.substr(at, what.piece);
    std::vector<Record> records;
    if (at == 0) records.emplace_back(SequenceStart{what.name, -1, what.circular});
    if (at + what.piece >= bases.size()) {
      records.insert(records.end(), what.genes.begin(), what.genes.end());
      records.emplace_back(SequenceEnd{what.name, static_cast<std::int64_t>(bases.size())});
    }
    sink->write(piece, records);
  }
  sink->close();
}

std::string written(const Written& what) {
  const ScratchFolder folder;
  write(folder / "a.gbk", what);
  return read_file(folder / "a.gbk");
}

/// The first line of a record of 130 bases.
std::string locus_of(const std::string& name) {
  const std::string text = written({.name = name});
  return text.substr(0, text.find('\n'));
}

TEST(GenbankSink, KeepsTheColumnsOfLocusAsLongAsNameAndLengthLeaveABlank) {
  const std::string tail = " bp    DNA     linear   UNK 01-JAN-1980";
  for (const std::string name : {"chr", "sixteen_letters_", "NODE_1_length_1234_cov_9", "a"}) {
    const std::string line = locus_of(name);
    EXPECT_EQ(line.substr(40), tail) << line;
    EXPECT_EQ(line.substr(12, name.size() + 1), name + " ");
    EXPECT_EQ(line.substr(37, 3), "130");
  }
  // 25 letters and 3 figures leave none: the line grows, as NCBI's does.
  const std::string longest = "NODE_1_length_1234567_cov_98.765432";
  EXPECT_EQ(locus_of(longest), "LOCUS       " + longest + " 130" + tail);
}

TEST(GenbankSink, ReadsBackRecordsOfAnyName) {
  for (const std::size_t letters : {1, 16, 17, 24, 25, 26, 60, 300}) {
    const ScratchFolder folder;
    const std::string name(letters, 'n');
    write(folder / "a.gbk", {.circular = true, .name = name});
    const auto source = open_source(folder / "a.gbk", {});
    const auto sample = source->next();
    ASSERT_TRUE(sample) << letters;
    const auto& piece = std::get<Sequence>(*sample);
    EXPECT_EQ(piece.name, name);
    EXPECT_EQ(piece.length, 130);
    EXPECT_TRUE(piece.circular);
    EXPECT_EQ(piece.bases, bases_of(130));
  }
}

TEST(GenbankSink, WritesARecordWithItsGenesAndItsBases) {
  Interval whole = gene('+', {{9, 69, 0}});
  whole.attributes = {{"start_type", "ATG"}};
  whole.protein = "M" + std::string(60, 'K') + "*";
  EXPECT_EQ(written({{whole}}),
            "LOCUS       chr                      130 bp    DNA     linear   UNK 01-JAN-1980\n"
            "DEFINITION  chr.\n"
            "ACCESSION   chr\n"
            "VERSION     chr\n"
            "KEYWORDS    .\n"
            "SOURCE      .\n"
            "  ORGANISM  .\n"
            "            .\n"
            "FEATURES             Location/Qualifiers\n"
            "     source          1..130\n"
            "                     /mol_type=\"genomic DNA\"\n"
            "     CDS             10..69\n"
            "                     /locus_tag=\"chr_1\"\n"
            "                     /codon_start=1\n"
            "                     /transl_table=11\n"
            "                     /inference=\"ab initio prediction:heddle:0.1.0\"\n"
            "                     /product=\"hypothetical protein\"\n"
            "                     /note=\"start_type ATG\"\n"
            "                     /note=\"score 12.35\"\n"
            "                     /translation=\"MKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK\n"
            "                     KKKKKKKKKKKKKKKKK\"\n"
            "ORIGIN\n"
            "        1 acgttgcang acgttgcang acgttgcang acgttgcang acgttgcang acgttgcang\n"
            "       61 acgttgcang acgttgcang acgttgcang acgttgcang acgttgcang acgttgcang\n"
            "      121 acgttgcang\n"
            "//\n");
}

TEST(GenbankSink, GenesThatRunOffAnEdgeAreOpenThere) {
  Interval left = gene('-', {{0, 31, 1}});
  left.partial_end = true;
  Interval right = gene('+', {{100, 130, 2}});
  right.partial_start = right.partial_end = true;
  const std::string text = written({{left, right}});
  EXPECT_THAT(text, HasSubstr("     CDS             complement(<1..31)\n"));
  EXPECT_THAT(text, HasSubstr("     CDS             <101..>130\n"));
  EXPECT_THAT(text, HasSubstr("/codon_start=2\n"));
  EXPECT_THAT(text, HasSubstr("/codon_start=3\n"));
}

TEST(GenbankSink, AGeneBrokenByAFrameshiftIsAJoinThatSaysSo) {
  Interval broken = gene('-', {{10, 40, 1}, {41, 100, 0}});
  broken.attributes = {{"frameshift", "41:insertion"}};
  const std::string text = written({{broken}});
  EXPECT_THAT(text, HasSubstr("complement(join(11..40,42..100))\n"));
  EXPECT_THAT(text, HasSubstr("/artificial_location=\"low-quality sequence region\"\n"));
  EXPECT_THAT(text, HasSubstr("/note=\"frameshift 41:insertion\"\n"));
  EXPECT_THAT(text, HasSubstr("/codon_start=1\n"));
}

TEST(GenbankSink, AGeneOverTheOriginOfACircleGoesOnAtItsStart) {
  const std::string text = written({{gene('+', {{100, 160, 0}})}, 130, true});
  EXPECT_THAT(text, HasSubstr(" DNA     circular UNK"));
  EXPECT_THAT(text, HasSubstr("     CDS             join(101..130,1..30)\n"));
}

TEST(GenbankSink, PiecesOfAnySizeGiveTheSameBytes) {
  const Written whole{{gene('+', {{9, 69, 0}})}};
  Written cut = whole;
  cut.piece = 7;
  EXPECT_EQ(written(cut), written(whole));
}

TEST(GenbankSink, ARunThatWasStoppedHasTheBasesItSaw) {
  const ScratchFolder folder;
  const auto sink = open_sink("gbk", folder / "a.gbk", {});
  Sequence piece;
  piece.name = "chr";
  piece.bases = bases_of(70);
  sink->write(piece, std::vector<Record>{SequenceStart{"chr", -1}});
  sink->close_partial();
  const std::string text = read_file(folder / "a.gbk.partial");
  EXPECT_THAT(text, HasSubstr(" 70 bp "));
  EXPECT_THAT(text, HasSubstr("       61 acgttgcang\n//\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\nCOMMENT     Not complete: the run ended before this sequence did.\nFEATURES "));
}

TEST(GenbankSink, QuotesInNamesAreDoubled) {
  Interval odd = gene('+', {{9, 69, 0}});
  odd.attributes = {{"note", "a \"b\""}};
  EXPECT_THAT(written({{odd}}), HasSubstr("/note=\"note a \"\"b\"\"\"\n"));
}

TEST(GenbankSink, EmbossReadsTheSameBasesAndGenes) {
  if (std::system("seqret -version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "seqret (package emboss) is not installed";
  }
  const ScratchFolder folder;
  write(folder / "a.gbk", {{gene('-', {{9, 69, 0}}), gene('+', {{100, 160, 0}})}, 130, true});
  const auto emboss = [&](const std::string& words) {
    return std::system((words + " >/dev/null 2>&1").c_str());
  };
  ASSERT_EQ(emboss("seqret genbank::" + (folder / "a.gbk") + " fasta::" + (folder / "a.fa")), 0);
  std::string letters = read_file(folder / "a.fa");
  EXPECT_THAT(letters, HasSubstr(">chr"));
  letters.erase(0, letters.find('\n'));
  std::erase(letters, '\n');
  for (char& letter : letters) letter = static_cast<char>(letter & ~0x20);
  EXPECT_EQ(letters, bases_of(130));
  ASSERT_EQ(emboss("featcopy genbank::" + (folder / "a.gbk") + " gff::" + (folder / "a.gff3")), 0);
  const std::string rows = read_file(folder / "a.gff3");
  EXPECT_THAT(rows, HasSubstr("\tCDS\t10\t69\t"));
  EXPECT_THAT(rows, HasSubstr("\tCDS\t101\t130\t"));
}

}  // namespace
}  // namespace heddle::io
