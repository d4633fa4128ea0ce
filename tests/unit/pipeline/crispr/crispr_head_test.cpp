// Arrays on their way through the head for genes.

#include "pipeline/heads/genes.h"
#include "tests/unit/pipeline/crispr/planted_arrays.h"
#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kCore = 700;

GeneClasses alone() {
  GeneClasses classes;
  classes.coding = false;
  classes.arrays = true;
  return classes;
}

GeneClasses beside_genes() {
  GeneClasses classes;
  classes.arrays = true;
  return classes;
}

/// Genes from 300 to 750 and from 3000 to 3300, an array from 1500 on.
SyntheticGenes made_genes() {
  SyntheticGenes made(4200);
  made.plant(300, 150, '+');
  made.plant(3000, 100, '-');
  std::mt19937 random(4);
  const std::string array = array_of({.copies = 7, .changes = 0}, random);
  made.bases.replace(1500, array.size(), array);
  return made;
}

/// With scores where `scored`.
Item item_of(const SyntheticGenes& made, std::int64_t at, bool scored) {
  const auto n = static_cast<std::int64_t>(made.bases.size());
  Item item;
  Segment& segment = item.segment.emplace();
  segment.sequence = "c";
  segment.core_begin = segment.begin = at;
  segment.core_end = std::min(at + kCore, n);
  segment.bases = made.bases.substr(static_cast<std::size_t>(at), kCore);
  segment.first = at == 0;
  segment.last = segment.core_end == n;
  if (!scored) return item;
  const std::int64_t count = segment.core_end - at;
  item.outputs = attention::Tensor(attention::DType::kF32, {8, count});
  attention::copy(made.scores().view().slice(1, at, count), item.outputs.view());
  return item;
}

std::string text_of(const io::Record& record) {
  if (std::holds_alternative<io::SequenceStart>(record)) return "start";
  if (std::holds_alternative<io::SequenceEnd>(record)) return "end";
  const auto& interval = std::get<io::Interval>(record);
  return interval.type + " " + std::to_string(interval.parts.front().start) + " " +
         std::to_string(interval.parts.size());
}

void append(std::vector<std::string>& all, const Item& item) {
  for (const io::Record& record : item.records) all.push_back(text_of(record));
}

TEST(CrisprHead, ArraysAloneNeedNoScores) {
  GeneHead head({}, 1, alone());
  std::vector<std::string> told;
  for (std::int64_t at = 0; at < 4200; at += kCore) {
    Item item = item_of(made_genes(), at, false);
    head.process(item);
    append(told, item);
  }
  EXPECT_THAT(told, ElementsAre("start", "repeat_region 1500 7", "end"));
}

TEST(CrisprHead, StandAmongGenesByWhereTheyBegin) {
  GeneHead head({}, 1, beside_genes());
  std::vector<std::string> told;
  for (std::int64_t at = 0; at < 4200; at += kCore) {
    Item item = item_of(made_genes(), at, true);
    head.process(item);
    append(told, item);
  }
  EXPECT_THAT(told, ElementsAre("start", "CDS 300 1", "repeat_region 1500 7", "CDS 3000 1", "end"));
}

TEST(CrisprHead, ASegmentWithoutScoresKeepsItsArrays) {
  GeneHead head({}, 1, beside_genes());
  std::vector<std::string> told;
  for (std::int64_t at = 0; at < 4200; at += kCore) {
    Item item = item_of(made_genes(), at, true);
    if (at == kCore) {
      head.skip(item);
    } else if (at == 2 * kCore) {
      item.outputs.view().as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_THROW(head.process(item), std::runtime_error);
    } else {
      head.process(item);
    }
    append(told, item);
  }
  EXPECT_THAT(told, testing::Contains("repeat_region 1500 7"));
  EXPECT_THAT(told, testing::Contains("CDS 3000 1"));
}

TEST(CrisprHead, GoesOnFromItsSavedStateBehindAnySegment) {
  for (const GeneClasses& classes : {alone(), beside_genes()}) {
    for (std::int64_t saved_at = 0; saved_at < 4200; saved_at += kCore) {
      auto head = std::make_unique<GeneHead>(GeneOptions{}, 1, classes);
      std::vector<std::string> told;
      for (std::int64_t at = 0; at < 4200; at += kCore) {
        Item item = item_of(made_genes(), at, classes.scored());
        head->process(item);
        append(told, item);
        if (at != saved_at) continue;
        const StageState state = head->save();
        head = std::make_unique<GeneHead>(GeneOptions{}, 1, classes);
        head->load(state.bytes);
      }
      EXPECT_EQ(std::ranges::count(told, "repeat_region 1500 7"), 1) << saved_at;
      EXPECT_EQ(told.size(), classes.coding ? 5U : 3U) << saved_at;
    }
  }
}

}  // namespace
}  // namespace heddle::pipeline
