#include "pipeline/annotated_rnas.h"

#include "io/formats/annotation.h"
#include "pipeline/pack/packer.h"
#include "pipeline/pack/rna_labels.h"
#include "pipeline/rna_kinds.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gmock/gmock.h>

namespace heddle::pipeline {
namespace {

using testing::Each;
using testing::ElementsAre;

class AnnotatedRnas : public TemporaryFolder {
 protected:
  std::vector<AnnotatedRna> read(const std::string& rows) const {
    return annotated_rnas(io::read_annotation(write("a.gff3", "##gff-version 3\n" + rows)));
  }
  /// Its kind's name, for an rRNA of `length` bases with these attributes.
  std::string kind_of(const std::string& type, const std::string& attributes, int length) const {
    const auto genes = read("c\tx\t" + type + "\t1\t" + std::to_string(length) + "\t.\t+\t.\t" +
                            attributes + "\n");
    if (genes.empty()) return "none";
    return genes[0].kind < 0
               ? "unknown"
               : std::string(rna_kinds()[static_cast<std::size_t>(genes[0].kind)].name);
  }
};

TEST_F(AnnotatedRnas, KindsAreThoseOfProductsGenesAndNames) {
  EXPECT_EQ(kind_of("tRNA", "ID=a;product=tRNA-Ile", 76), "tRNA");
  EXPECT_EQ(kind_of("rRNA", "ID=a;product=16S ribosomal RNA", 900), "16S");
  EXPECT_EQ(kind_of("rRNA", "ID=a;product=23S ribosomal RNA", 900), "23S");
  EXPECT_EQ(kind_of("rRNA", "ID=a;product=5S ribosomal RNA", 900), "5S");
  EXPECT_EQ(kind_of("rRNA", "ID=a;product=LSU rRNA ## 23S rRNA%2C large subunit", 900), "23S");
  EXPECT_EQ(kind_of("rRNA", "ID=a;product=SSU rRNA ## 16S rRNA%2C small subunit", 900), "16S");
  EXPECT_EQ(kind_of("rRNA", "Name=5S_rRNA", 900), "5S");
  EXPECT_EQ(kind_of("tmRNA", "ID=a", 360), "tmRNA");
  EXPECT_EQ(kind_of("ncRNA", "ID=a;gene=ssrA;product=tmRNA;ncRNA_class=other", 360), "tmRNA");
  EXPECT_EQ(kind_of("misc_RNA", "ID=a;product=10Sa RNA", 360), "tmRNA");
}

TEST_F(AnnotatedRnas, WithoutWordsTheLengthTells) {
  EXPECT_EQ(kind_of("rRNA", "ID=a", 118), "5S");
  EXPECT_EQ(kind_of("rRNA", "ID=a", 1540), "16S");
  EXPECT_EQ(kind_of("rRNA", "ID=a", 2904), "23S");
  EXPECT_EQ(kind_of("rRNA", "ID=a", 600), "unknown");
}

TEST_F(AnnotatedRnas, OtherRowsAreNone) {
  EXPECT_EQ(kind_of("ncRNA", "ID=a;product=small regulatory RNA", 90), "none");
  EXPECT_EQ(kind_of("exon", "ID=a;product=tRNA-Ile", 76), "none");
  EXPECT_EQ(kind_of("CDS", "ID=a;product=tRNA synthetase", 900), "none");
}

TEST_F(AnnotatedRnas, RowsOfOneIdAreOneGeneWithItsIntron) {
  const auto genes = read(
      "c\tx\ttRNA\t11\t48\t.\t-\t.\tID=t\nc\tx\ttRNA\t80\t115\t.\t-\t.\tID=t\n"
      "c\tx\ttRNA\t200\t275\t.\t+\t.\tID=u;pseudo=true\n");
  ASSERT_EQ(genes.size(), 2u);
  EXPECT_EQ(genes[0].start, 10);
  EXPECT_EQ(genes[0].end, 115);
  EXPECT_FALSE(genes[0].marked);
  EXPECT_TRUE(genes[1].marked);
}

TEST(RnaLabels, AreClassesOfStrandsAndNothingIsAskedOfTheRest) {
  LabelledBases labels;
  for (auto* track : labels.tracks()) track->resize(12);
  LabelCounts counts;
  const std::vector<AnnotatedRna> rnas = {{"c", '+', 1, 4, 0, false},
                                          {"c", '-', 5, 7, 3, false},
                                          {"c", '+', 6, 8, 4, false},     // over the one before
                                          {"c", '+', 9, 10, 0, true},     // marked
                                          {"c", '+', 11, 14, 0, false}};  // leaves the sequence
  label_rnas(rnas, labels, counts);
  constexpr int kNot = kUnlabelled;
  EXPECT_THAT(labels.rna, ElementsAre(0, 1, 1, 1, 0, 8, kNot, 9, 0, kNot, 0, kNot));
  EXPECT_EQ(counts.rnas, 3);
  EXPECT_EQ(counts.unlabelled_rnas, 2);
}

class PackedRnas : public TemporaryFolder {
 protected:
  std::vector<std::uint8_t> labels(const std::string& rows) const {
    const PackInput input{
        write("x.fa", ">c\nACGTACGTAC\n"),
        write("x.gff3", "##gff-version 3\nc\tx\tCDS\t1\t6\t.\t+\t0\tID=c\n" + rows)};
    pack(std::span(&input, 1), {.folder = path("set"), .overwrite = true});
    const Shard shard(shards_in(path("set"))[0]);
    return shard.sequences()[0].copy(0, 10).rna;
  }
};

TEST_F(PackedRnas, AreInTheShard) {
  EXPECT_THAT(labels("c\tx\ttRNA\t8\t9\t.\t-\t.\tID=t\n"),
              ElementsAre(0, 0, 0, 0, 0, 0, 0, 2, 2, 0));
}

TEST_F(PackedRnas, AreNotKnownWhereTheAnnotationHasNone) {
  EXPECT_THAT(labels(""), Each(kUnlabelled));
}

}  // namespace
}  // namespace heddle::pipeline
