#include "pipeline/metrics/frames.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

io::Gff3Row cds(std::int64_t start, std::int64_t end, char strand = '+', int phase = 0) {
  return {"c", "CDS", start, end, strand, "ID=g", phase};
}

/// Labels and genes ('.' is none, else a digit) of a sequence c.
io::FrameLabels truth(const std::string& frames, const std::string& genes) {
  io::FrameLabels labels{"c", frames, {}};
  for (const char gene : genes) labels.genes.push_back(gene == '.' ? -1 : gene - '0');
  return labels;
}

FrameScore score(const io::FrameLabels& labels, const std::vector<io::Gff3Row>& rows) {
  io::Gff3File file;
  file.rows = rows;
  FrameScorer scorer(file);
  scorer.add(labels);
  return scorer.score();
}

TEST(Frames, ABaseIsRightOnItsStrandInItsPhase) {
  const io::FrameLabels labels = truth("0123123065465400", ".000000.111111..");
  const FrameScore right = score(labels, {cds(1, 7), cds(8, 14, '-')});
  EXPECT_EQ(right.coding, 12);
  EXPECT_EQ(right.called, 12);
  EXPECT_EQ(right.recall(), 1);
  EXPECT_EQ(right.precision(), 1);
  EXPECT_EQ(right.genes, 2);
  EXPECT_EQ(right.kept(), 1);
  EXPECT_EQ(score(labels, {cds(1, 7, '-'), cds(8, 14, '+')}).right, 0) << "the other strand";
  EXPECT_EQ(score(labels, {cds(0, 6), cds(9, 15, '-')}).right, 0) << "another phase";
}

TEST(Frames, APartBeginsInThePhaseThatItsRowSays) {
  const io::FrameLabels labels = truth("123123654654", "000000111111");
  EXPECT_EQ(score(labels, {cds(1, 6, '+', 2), cds(6, 11, '-', 2)}).right, 10);
  EXPECT_EQ(score(labels, {cds(2, 6, '+', 1), cds(6, 10, '-', 1)}).right, 8);
}

TEST(Frames, TheLongestRowSpeaksAndOfEqualOnesTheLast) {
  const io::FrameLabels labels = truth("123123", "000000");
  EXPECT_EQ(score(labels, {cds(0, 6), cds(0, 5, '-')}).right, 6);
  EXPECT_EQ(score(labels, {cds(0, 5, '-'), cds(0, 6)}).right, 6);
  EXPECT_EQ(score(labels, {cds(0, 6, '-'), cds(0, 6)}).right, 6);
  EXPECT_EQ(score(labels, {cds(0, 6), cds(0, 6, '-')}).right, 0);
}

TEST(Frames, RowsCountAsFarAsTheirSequenceGoes) {
  const io::FrameLabels labels = truth("0123", ".000");
  const FrameScore past = score(labels, {cds(1, 30), cds(4, 10), cds(1000, 1300)});
  EXPECT_EQ(past.called, 3);
  EXPECT_EQ(past.right, 3);
}

TEST(Frames, AGeneIsInFrameFromNineTenthsOfItsBasesOn) {
  const io::FrameLabels ten = truth("1231231231", "0000000000");
  EXPECT_EQ(score(ten, {cds(0, 9)}).kept(), 1);
  EXPECT_EQ(score(ten, {cds(0, 8)}).kept(), 0);
  const io::FrameLabels inserted = truth("12301231230123", "000.000000.000");
  const FrameScore half = score(inserted, {cds(0, 3), cds(4, 10)});
  EXPECT_EQ(half.coding, 12) << "inserted bases are no gene's";
  EXPECT_EQ(half.genes_in_frame, 0);
}

TEST(Frames, SequencesAddUpAndGenesOfEachAreItsOwn) {
  FrameScorer scorer({});
  EXPECT_EQ(scorer.score().recall(), 0);
  scorer.add(truth("123", "000"));
  scorer.add({"d", "123", {0, 0, 0}});
  EXPECT_EQ(scorer.score().coding, 6);
  EXPECT_EQ(scorer.score().genes, 2);
  EXPECT_EQ(scorer.score().precision(), 0);
}

}  // namespace
}  // namespace heddle::pipeline
