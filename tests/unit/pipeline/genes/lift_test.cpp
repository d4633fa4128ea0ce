#include "pipeline/heads/lift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using Parts = std::vector<io::Interval::Part>;

/// "4S20M2D30M" at a 0-based start.
io::Placement placed(std::int64_t start, const std::string& cigar) {
  io::Placement made{.reference = "chr", .reference_length = 1000, .start = start, .quality = 60};
  std::int64_t length = 0;
  for (const char letter : cigar) {
    if (letter >= '0' && letter <= '9') {
      length = length * 10 + letter - '0';
    } else {
      made.cigar.push_back({letter, length});
      length = 0;
    }
  }
  return made;
}

io::Interval gene(char strand, Parts parts) {
  io::Interval made;
  made.sequence = "read";
  made.type = "CDS";
  made.strand = strand;
  made.parts = std::move(parts);
  made.attributes = {{"frameshift", "17:deletion"}, {"start_type", "ATG"}};
  return made;
}

std::string text(const std::optional<io::Interval>& lifted) {
  if (!lifted) return "nothing";
  std::string all;
  for (const io::Interval::Part& part : lifted->parts) {
    all += "[" + std::to_string(part.start) + "," + std::to_string(part.end) + ")" +
           std::to_string(part.phase) + " ";
  }
  all += lifted->partial_start ? "<" : "";
  all += lifted->partial_end ? ">" : "";
  return all;
}

TEST(Lift, MovesARowByTheReadsPlace) {
  EXPECT_EQ(text(lift(gene('+', {{10, 40, 0}}), placed(100, "60M"))), "[110,140)0 ");
  EXPECT_EQ(text(lift(gene('+', {{10, 40, 2}}), placed(100, "5S20=1X34="))), "[105,135)2 ");
  EXPECT_EQ(text(lift(gene('-', {{10, 40, 1}}), placed(100, "3H60M2H"))), "[110,140)1 ");
}

TEST(Lift, SplitsARowWhereAnIndelChangesItsFrame) {
  // 11 bases before, one of which the reference does not have: one more ends the codon.
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "10M1I19M"))), "[0,10)0 [10,29)1 ");
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "10M1D20M"))), "[0,10)0 [11,31)2 ");
  // Read from the right: 20 bases first.
  EXPECT_EQ(text(lift(gene('-', {{0, 30, 0}}), placed(0, "10M1D20M"))), "[0,10)1 [11,31)0 ");
}

TEST(Lift, ReadsOnOverIndelsOfWholeCodons) {
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "10M3D20M"))), "[0,33)0 ");
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "9M6I15M"))), "[0,24)0 ");
  EXPECT_EQ(text(lift(gene('-', {{0, 30, 0}}), placed(0, "10M3D20M"))), "[0,33)0 ");
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "10M300D20M"))), "[0,10)0 [310,330)2 ");
}

TEST(Lift, AnIntronAlwaysSplits) {
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(0, "12M9N18M"))), "[0,12)0 [21,39)0 ");
}

TEST(Lift, TheReadsOwnErrorFallsBackIntoOneRow) {
  // The read lost a base of the reference and the decoder mended it: two left bases, phase 2.
  const io::Interval mended = gene('+', {{0, 18, 0}, {18, 50, 2}});
  EXPECT_EQ(text(lift(mended, placed(0, "18M1D32M"))), "[0,51)0 ");
}

TEST(Lift, EndsWithoutAPlaceMakeAGenePartial) {
  EXPECT_EQ(text(lift(gene('+', {{0, 30, 0}}), placed(50, "6S24M"))), "[50,74)0 <");
  EXPECT_EQ(text(lift(gene('-', {{0, 30, 0}}), placed(50, "6S24M"))), "[50,74)0 >");
  EXPECT_EQ(text(lift(gene('+', {{0, 5, 0}}), placed(50, "6S24M"))), "nothing");
}

TEST(Lift, TellsTheReadAndDropsPositionsThatCountInIt) {
  const auto lifted = lift(gene('+', {{0, 30, 0}}), placed(0, "30M"));
  ASSERT_TRUE(lifted);
  EXPECT_EQ(lifted->sequence, "chr");
  EXPECT_THAT(lifted->attributes,
              testing::ElementsAre(testing::Pair("start_type", "ATG"),
                                   testing::Pair("read", "read"),
                                   testing::Pair("mapq", "60")));
}

Item read_item(const std::string& name, const char* cigar) {
  Item item;
  Segment& segment = item.segment.emplace();
  segment.sequence = name;
  segment.first = segment.last = true;
  if (cigar != nullptr) segment.placement = std::make_shared<io::Placement>(placed(7, cigar));
  io::Interval found = gene('+', {{0, 9, 0}});
  found.sequence = name;
  item.records = {io::SequenceStart{name, 30}, found, io::SequenceEnd{name, 30}};
  return item;
}

TEST(LiftStage, BeginsAReferenceOnceAndCountsReadsThatLieNowhere) {
  LiftStage stage;
  Item first = read_item("a", "30M");
  Item nowhere = read_item("b", nullptr);
  Item clipped = read_item("c", "9S21M");
  Item last = read_item("d", "30M");
  for (Item* item : {&first, &nowhere, &clipped, &last}) stage.process(*item);
  ASSERT_EQ(first.records.size(), 2u);
  EXPECT_EQ(std::get<io::SequenceStart>(first.records[0]).sequence, "chr");
  EXPECT_EQ(std::get<io::SequenceStart>(first.records[0]).length, 1000);
  EXPECT_EQ(std::get<io::Interval>(first.records[1]).parts[0].start, 7);
  EXPECT_TRUE(nowhere.records.empty());
  EXPECT_TRUE(clipped.records.empty());
  EXPECT_EQ(last.records.size(), 1u);
  const LiftStage::Statistics seen = stage.statistics();
  EXPECT_EQ(seen.reads, 4);
  EXPECT_EQ(seen.unplaced, 1);
  EXPECT_EQ(seen.lifted, 2);
  EXPECT_EQ(seen.lost, 1);
}

TEST(LiftStage, AReadOfSeveralSegmentsKeepsItsPlace) {
  LiftStage stage;
  Item first = read_item("a", "30M");
  first.segment->last = false;
  Item second = read_item("a", nullptr);
  second.segment->first = false;
  stage.process(first);
  stage.process(second);
  ASSERT_EQ(second.records.size(), 1u);
  EXPECT_EQ(std::get<io::Interval>(second.records[0]).sequence, "chr");
}

}  // namespace
}  // namespace heddle::pipeline
