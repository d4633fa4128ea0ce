#include "pipeline/heads/consensus/consensus_stage.h"
#include "pipeline/heads/consensus/gene_consensus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::pipeline {
namespace {

using Records = std::vector<io::Record>;

io::Interval gene(char strand, std::int64_t start, std::int64_t end) {
  io::Interval made;
  made.sequence = "chr";
  made.type = "CDS";
  made.strand = strand;
  made.parts = {{start, end, 0}};
  made.score = 10;
  made.attributes = {{"start_type", "ATG"}, {"read", "r"}};
  return made;
}

std::string attribute(const io::Interval& told, const std::string& key) {
  for (const auto& [name, value] : told.attributes) {
    if (name == key) return value;
  }
  return "none";
}

/// "+[100,400) support/coverage stop_support start_support".
std::string text(const io::Record& record) {
  const auto& told = std::get<io::Interval>(record);
  return std::string(1, told.strand) + "[" + std::to_string(told.parts.front().start) + "," +
         std::to_string(told.parts.back().end) + ") " + attribute(told, "support") + "/" +
         attribute(told, "coverage") + " " + attribute(told, "stop_support") + " " +
         attribute(told, "start_support");
}

std::vector<std::string> texts(const Records& records) {
  std::vector<std::string> all;
  for (const io::Record& record : records) all.push_back(text(record));
  return all;
}

/// Reads over [0, 1000), each with one of the genes.
Records agreed(const std::vector<io::Interval>& genes, int least_reads = 2) {
  GeneConsensus consensus(least_reads);
  Records out;
  for (const io::Interval& one : genes) {
    consensus.read("chr", 0, 1000, out);
    consensus.vote(one);
  }
  consensus.finish(out);
  return out;
}

TEST(GeneConsensus, TellsAGeneThatReadsAgreeOn) {
  EXPECT_THAT(texts(agreed({gene('+', 100, 400), gene('+', 100, 400)})),
              testing::ElementsAre("+[100,400) 2/2 2 2"));
  EXPECT_THAT(texts(agreed({gene('-', 100, 400), gene('-', 100, 400)})),
              testing::ElementsAre("-[100,400) 2/2 2 2"));
}

TEST(GeneConsensus, WantsTheReadsItWasAskedFor) {
  EXPECT_THAT(agreed({gene('+', 100, 400), gene('+', 100, 400)}, 3), testing::IsEmpty());
  EXPECT_THAT(agreed({gene('+', 100, 400)}, 1), testing::SizeIs(1));
  EXPECT_THROW(GeneConsensus(0), std::invalid_argument);
}

TEST(GeneConsensus, WantsMostOfTheReadsThatHoldTheEnd) {
  GeneConsensus consensus(2);
  Records out;
  for (int i = 0; i < 5; ++i) {
    consensus.read("chr", 0, 1000, out);
    if (i < 2) consensus.vote(gene('+', 100, 400));  // 2 of 5
    if (i < 3) consensus.vote(gene('+', 500, 800));  // 3 of 5
  }
  consensus.finish(out);
  EXPECT_THAT(texts(out), testing::ElementsAre("+[500,800) 3/5 3 3"));
  EXPECT_EQ(consensus.refused(), 1);
}

TEST(GeneConsensus, CountsOnlyReadsThatCouldHaveToldIt) {
  GeneConsensus consensus(1);
  Records out;
  consensus.read("chr", 0, 240, out);  // holds its first 140 bases
  consensus.read("chr", 0, 1000, out);
  consensus.vote(gene('+', 100, 400));
  consensus.read("chr", 300, 1000, out);  // its last 100
  consensus.finish(out);
  EXPECT_THAT(texts(out), testing::ElementsAre("+[100,400) 1/1 1 1"));
}

TEST(GeneConsensus, AReadThatLostTheFrameVotesForWhatItReadBefore) {
  io::Interval lost = gene('+', 100, 520);
  lost.parts = {{100, 340, 0}, {341, 520, 0}};
  EXPECT_THAT(texts(agreed({lost, gene('+', 100, 400), gene('+', 100, 400)})),
              testing::ElementsAre("+[100,400) 3/3 2 2"));
}

TEST(GeneConsensus, OfTwoStopsOfAFrameTheOneWithMoreVotesIsTold) {
  const auto short_one = gene('+', 100, 400);
  const auto long_one = gene('+', 100, 430);
  EXPECT_THAT(texts(agreed({short_one, short_one, long_one, long_one, long_one})),
              testing::ElementsAre("+[100,430) 5/5 3 3"));
}

TEST(GeneConsensus, GenesThatMostReadsFusedAreToldApart) {
  // Most told the second gene from the start of the first, whose frame is another; where they
  // changed from one to the other is each one's own guess.
  std::vector<io::Interval> told(3, gene('+', 401, 800));
  for (std::int64_t i = 0; i < 4; ++i) {
    told.push_back(gene('+', 100, 800));
    told.back().parts = {{100, 390 + 3 * i, 0}, {392 + 3 * i, 800, 0}};
  }
  EXPECT_THAT(texts(agreed(told)), testing::ElementsAre("+[401,800) 7/7 7 3"));
}

TEST(GeneConsensus, AStopThatOneReadTellsIsOneWhereTheOthersLeaveItsFrame) {
  io::Interval fused = gene('+', 100, 800);
  fused.parts = {{100, 390, 0}, {392, 800, 0}};
  EXPECT_THAT(texts(agreed({gene('+', 100, 400), fused, fused, fused})),
              testing::ElementsAre("+[100,400) 4/4 1 4", "+[392,800) 3/4 3 0"));
  io::Interval other_strand = gene('-', 100, 800);
  other_strand.parts = {{100, 502, 0}, {510, 800, 0}};
  EXPECT_THAT(texts(agreed({gene('-', 500, 800), other_strand, other_strand, other_strand})),
              testing::ElementsAre("-[100,502) 3/4 3 0", "-[500,800) 4/4 1 4"));
}

TEST(GeneConsensus, AStopThatOneReadTellsIsNoneWhereTheOthersGoOn) {
  const io::Interval longer = gene('+', 100, 700);
  EXPECT_THAT(texts(agreed({gene('+', 100, 400), longer, longer, longer})),
              testing::ElementsAre("+[100,700) 4/4 3 3"));
}

TEST(GeneConsensus, TakesTheStartThatMostReadsTell) {
  EXPECT_THAT(texts(agreed({gene('+', 130, 400), gene('+', 100, 400), gene('+', 130, 400)})),
              testing::ElementsAre("+[130,400) 3/3 3 2"));
  EXPECT_THAT(texts(agreed({gene('-', 100, 400), gene('-', 100, 430), gene('-', 100, 430)})),
              testing::ElementsAre("-[100,430) 3/3 3 2"));
}

TEST(GeneConsensus, AStartThatWasSeenGoesBeforeOneThatTheReadCutOff) {
  io::Interval cut = gene('+', 40, 400);
  cut.partial_start = true;
  EXPECT_THAT(texts(agreed({cut, cut, gene('+', 100, 400)})),
              testing::ElementsAre("+[100,400) 3/3 3 1"));
  const Records all_cut = agreed({cut, cut});
  EXPECT_THAT(texts(all_cut), testing::ElementsAre("+[40,400) 2/2 2 0"));
  EXPECT_TRUE(std::get<io::Interval>(all_cut.front()).partial_start);
}

TEST(GeneConsensus, AShiftThatMostReadsTellStays) {
  io::Interval shifted = gene('+', 100, 401);
  shifted.parts = {{100, 178, 0}, {179, 401, 0}};
  const Records out = agreed({shifted, shifted, gene('+', 101, 401)});
  ASSERT_THAT(texts(out), testing::ElementsAre("+[100,401) 3/3 3 2"));
  EXPECT_THAT(std::get<io::Interval>(out.front()).parts, testing::SizeIs(2));
}

TEST(GeneConsensus, AStopThatTheReadCutOffIsNoVote) {
  io::Interval cut = gene('+', 100, 399);
  cut.partial_end = true;
  EXPECT_THAT(agreed({cut, cut, cut}), testing::IsEmpty());
}

TEST(GeneConsensus, RowsThatOneReadsErrorMadeAreOutvoted) {
  io::Interval torn = gene('+', 100, 400);
  torn.parts = {{100, 200, 0}, {201, 400, 1}};
  const Records out = agreed({torn, gene('+', 100, 400), gene('+', 100, 400)});
  ASSERT_THAT(out, testing::SizeIs(1));
  EXPECT_THAT(std::get<io::Interval>(out.front()).parts, testing::SizeIs(1));
}

TEST(GeneConsensus, TellsAGeneAsSoonAsNoReadCanTouchItsStop) {
  GeneConsensus consensus(1);
  Records out;
  consensus.read("chr", 0, 1000, out);
  consensus.vote(gene('+', 100, 400));
  consensus.read("chr", 397, 1400, out);
  EXPECT_THAT(out, testing::IsEmpty());
  consensus.read("chr", 398, 1400, out);
  EXPECT_THAT(out, testing::SizeIs(1));
}

TEST(GeneConsensus, TellsGenesInOrderOfTheirLeftEnds) {
  GeneConsensus consensus(1);
  Records out;
  consensus.read("chr", 0, 5000, out);
  consensus.vote(gene('+', 100, 4000));
  consensus.vote(gene('-', 200, 500));
  consensus.read("chr", 3960, 5000, out);
  EXPECT_THAT(out, testing::IsEmpty()) << "the long gene may still be told";
  consensus.finish(out);
  EXPECT_THAT(texts(out), testing::ElementsAre("+[100,4000) 1/1 1 1", "-[200,500) 1/1 1 1"));
}

TEST(GeneConsensus, AReadOutOfOrderIsAnErrorAndChangesNothing) {
  GeneConsensus consensus(1);
  Records out;
  consensus.read("chr", 500, 1000, out);
  EXPECT_THROW(consensus.read("chr", 499, 1000, out), std::runtime_error);
  consensus.read("other", 0, 100, out);
  EXPECT_THROW(consensus.read("chr", 600, 1000, out), std::runtime_error);
  consensus.read("other", 0, 100, out);
}

TEST(GeneConsensus, AReferenceEndsWithTheFirstReadOfTheNext) {
  GeneConsensus consensus(1);
  Records out;
  consensus.read("chr", 0, 1000, out);
  consensus.vote(gene('+', 100, 400));
  consensus.read("other", 0, 1000, out);
  EXPECT_THAT(texts(out), testing::ElementsAre("+[100,400) 1/1 1 1"));
}

TEST(GeneConsensus, AStartThatTooFewReadsTellMakesAGenePartial) {
  GeneConsensus consensus(3);
  Records out;
  for (std::int64_t start : {100, 130, 160}) {
    consensus.read("chr", 0, 1000, out);
    consensus.vote(gene('+', start, 400));
  }
  consensus.finish(out);
  ASSERT_THAT(texts(out), testing::ElementsAre("+[100,400) 3/3 3 1"));
  EXPECT_TRUE(std::get<io::Interval>(out.front()).partial_start);
  EXPECT_EQ(attribute(std::get<io::Interval>(out.front()), "start_type"), "none");
}

TEST(GeneConsensus, WhatIsShorterThanAGeneIsNone) {
  GeneConsensus consensus(1, 90);
  Records out;
  consensus.read("chr", 0, 1000, out);
  consensus.vote(gene('+', 100, 187));
  consensus.vote(gene('+', 300, 390));
  consensus.finish(out);
  EXPECT_THAT(texts(out), testing::ElementsAre("+[300,390) 1/1 1 1"));
}

/// A segment of a read over [start, 1000) of chr, with one gene.
Item segment_of(std::int64_t start, bool first) {
  Item item;
  item.segment.emplace();
  item.segment->first = first;
  if (first) {
    item.segment->placement = std::make_shared<const io::Placement>(
        io::Placement{"chr", 2000, start, 60, {{'M', 1000 - start}}});
  }
  item.records.emplace_back(gene('+', 100, 400));
  return item;
}

TEST(ConsensusStage, AReadWhoseBeginningFailedVotesForNothing) {
  ConsensusStage stage(1, 0);
  Item whole = segment_of(0, true);
  stage.process(whole);
  Item failed = segment_of(0, true);
  failed.records.clear();
  stage.skip(failed);
  Item rest = segment_of(0, false);
  stage.process(rest);
  EXPECT_THAT(texts(stage.rest()), testing::ElementsAre("+[100,400) 1/1 1 1"));
}

}  // namespace
}  // namespace heddle::pipeline
