// The whole path: source, segments, scan, records.

#include "pipeline/graph.h"
#include "pipeline/heads/motifs.h"
#include "pipeline/motifs/held_sites.h"
#include "pipeline/motifs/motif_search.h"
#include "pipeline/threads.h"
#include "tests/unit/io/scratch.h"
#include "tests/unit/pipeline/motifs/made_motifs.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

std::string text_of(const io::Record& record) {
  if (const auto* start = std::get_if<io::SequenceStart>(&record)) return ">" + start->sequence;
  if (const auto* end = std::get_if<io::SequenceEnd>(&record)) {
    return "<" + std::to_string(end->length);
  }
  const auto& site = std::get<io::Interval>(record);
  std::string text = site.sequence + ":" + std::to_string(site.parts[0].start) + "-" +
                     std::to_string(site.parts[0].end) + site.strand;
  for (const auto& [key, value] : site.attributes) text += " " + key + "=" + value;
  return text;
}

struct Run {
  std::string path;
  std::span<const ScoredMotif> motifs;
  int threads = 2;
  std::size_t piece = 1 << 16;
  std::int64_t core = 0;  // 0: as motif_grid has it
  double fdr = 0;         // 0: at once, without q-values
};

std::vector<std::string> records_of(const Run& run) {
  const ThreadBudget budget(run.threads);
  const auto source = io::open_source(run.path, {.piece = run.piece});
  SegmentGrid grid = motif_grid(run.motifs);
  if (run.core > 0) grid.length = run.core + 2 * grid.halo;
  Graph graph({.in_flight = 6});
  graph.from(std::make_unique<SegmentFeed>(*source, grid, Topology::kFromSource))
      .then(std::make_unique<MotifSearch>(run.motifs));
  std::vector<std::string> texts;
  HeldSites held(run.motifs);
  if (run.fdr > 0) {
    graph.to([&](Item& item) { held.take(item); });
    graph.run();
    held.release(run.fdr, [&](const io::Record& record) { texts.push_back(text_of(record)); });
    return texts;
  }
  graph.then(std::make_unique<MotifHead>(run.motifs)).to([&](Item& item) {
    for (const io::Record& record : item.records) texts.push_back(text_of(record));
  });
  graph.run();
  return texts;
}

class MotifRun : public ::testing::Test {
 protected:
  MotifRun() {
    std::mt19937 random(9);
    motifs_ = {score_motif(made_matrix(6, random), {.p_value = 1e-3}),
               score_motif(made_matrix(30, random), {.p_value = 1e-3}),
               score_motif(made_pattern("p", "GAATTC"), {.mismatches = 1})};
    std::string fasta;
    for (const int length : {50000, 0, 1, 29, 9000, 700}) {
      fasta += ">s" + std::to_string(length) + "\n";
      if (length > 0) fasta += made_letters(static_cast<std::size_t>(length), 4, random) + "\n";
    }
    path_ = folder_.write("x.fa", fasta);
  }

  io::ScratchFolder folder_;
  std::vector<ScoredMotif> motifs_;
  std::string path_;
};

TEST_F(MotifRun, ThreadsPiecesAndSegmentsNeverChangeARecord) {
  const auto expected = records_of({.path = path_, .motifs = motifs_, .threads = 1});
  EXPECT_GT(expected.size(), 300u);
  EXPECT_EQ(expected, records_of({.path = path_, .motifs = motifs_, .threads = 4, .piece = 17}));
  EXPECT_EQ(expected, records_of({.path = path_, .motifs = motifs_, .piece = 1000, .core = 2048}));
  EXPECT_EQ(expected, records_of({.path = path_, .motifs = motifs_, .core = 2999}));
}

TEST_F(MotifRun, HeldSitesAreTheSameSitesWithQValues) {
  const auto plain = records_of({.path = path_, .motifs = motifs_});
  auto held = records_of({.path = path_, .motifs = motifs_, .piece = 999, .core = 2048, .fdr = 1});
  int q_values = 0;
  for (std::string& text : held) {
    const std::size_t q = text.find(" qvalue=");
    if (q == text.npos) continue;
    ++q_values;
    text.erase(q, text.find(' ', q + 1) - q);
  }
  EXPECT_EQ(held, plain);
  EXPECT_GT(q_values, 300);
}

TEST_F(MotifRun, OnlySitesWithinTheFalseDiscoveryRateAreReleased) {
  const std::string planted = "GCCTGACGATTACAGGCATGCC";
  std::mt19937 random(10);
  std::string letters = made_letters(30000, 0, random);
  letters.replace(12000, planted.size(), planted);
  const std::vector<ScoredMotif> motifs = {
      score_motif(made_pattern("planted", planted), {.mismatches = 13})};
  const std::string path = folder_.write("y.fa", ">y\n" + letters + "\n");
  const auto all = records_of({.path = path, .motifs = motifs, .fdr = 1});
  const auto few = records_of({.path = path, .motifs = motifs, .fdr = 0.01});
  EXPECT_GT(all.size(), 10u);
  ASSERT_EQ(few.size(), 3u);
  EXPECT_TRUE(few[1].starts_with("y:12000-12022+ Name=planted pvalue=")) << few[1];
}

TEST_F(MotifRun, WhatWaitsForQValuesGoesThroughTheDiskInOrder) {
  std::mt19937 random(11);
  const std::string path = folder_.write("z.fa", ">z\n" + made_letters(900000, 9, random) + "\n");
  const std::vector<ScoredMotif> motifs = {score_motif(made_pattern("p", "ACG"), {})};
  const auto plain = records_of({.path = path, .motifs = motifs});
  ASSERT_GT(plain.size() * 40, io::Spool::kMemoryBytes) << "40 bytes a site, too few for the disk";
  const auto held = records_of({.path = path, .motifs = motifs, .fdr = 1});
  ASSERT_EQ(held.size(), plain.size());
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_TRUE(held[i].starts_with(plain[i].substr(0, plain[i].find(" Name")))) << i;
  }
}

TEST_F(MotifRun, ACircleHasSitesOverItsOriginAndNoneLongerThanItself) {
  const std::vector<ScoredMotif> motifs = {score_motif(made_pattern("p", "ACGTTG"), {})};
  const std::string circle = folder_.write(
      "c.fa", ">c topology=circular\nTTGCCCCCCCCCCACG\n>d topology=circular\nACGTT\n");
  const auto records = records_of({.path = circle, .motifs = motifs});
  ASSERT_EQ(records.size(), 5u);
  EXPECT_TRUE(records[1].starts_with("c:13-19+")) << records[1];
  const std::string line = folder_.write("l.fa", ">c\nTTGCCCCCCCCCCACG\n");
  EXPECT_EQ(records_of({.path = line, .motifs = motifs}).size(), 2u);
}

TEST_F(MotifRun, ASiteSaysItsMotifItsPValueAndItsLettersInTheMotifsDirection) {
  const std::vector<ScoredMotif> motifs = {
      score_motif(made_pattern("p", "AACCGTA"), {.mismatches = 1})};
  const std::string path = folder_.write("w.fa", ">w\nCCCCTACGGTGCCCC\n");
  const auto records = records_of({.path = path, .motifs = motifs});
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1], "w:4-11- Name=p pvalue=0.00134 mismatches=1 sequence=CACCGTA");
}

TEST(MotifSites, AreReadOnlyFromRowsOfSites) {
  Item item;
  EXPECT_TRUE(sites_of(item).empty());
  item.outputs = attention::Tensor(attention::DType::kI32, {1, 4});
  EXPECT_EQ(sites_of(item).size(), 1u);
  item.outputs = attention::Tensor(attention::DType::kF32, {1, 4});
  EXPECT_THROW(sites_of(item), std::invalid_argument) << "other elements";
  item.outputs = attention::Tensor(attention::DType::kI32, {1, 3});
  EXPECT_THROW(sites_of(item), std::invalid_argument) << "other columns";
  item.outputs = attention::Tensor(attention::DType::kI32, {4});
  EXPECT_THROW(sites_of(item), std::invalid_argument) << "no rows";
}

}  // namespace
}  // namespace heddle::pipeline
