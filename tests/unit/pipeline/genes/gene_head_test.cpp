#include "pipeline/heads/genes.h"
#include "tests/unit/pipeline/genes/synthetic_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace heddle::pipeline {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kCore = 500, kHalo = 20;

Item item_of(const SyntheticGenes& made, const std::string& name, std::int64_t at, int lane) {
  const auto n = static_cast<std::int64_t>(made.bases.size());
  Item item;
  item.lane = lane;
  Segment& segment = item.segment.emplace();
  segment.sequence = name;
  segment.core_begin = at;
  segment.core_end = std::min(at + kCore, n);
  segment.begin = at - kHalo;
  for (std::int64_t i = segment.begin; i < at + kCore + kHalo; ++i) {
    segment.bases += i < 0 || i >= n ? 'N' : made.bases[static_cast<std::size_t>(i)];
  }
  segment.first = at == 0;
  segment.last = segment.core_end == n;
  const std::int64_t count = segment.core_end - at;
  item.outputs = attention::Tensor(attention::DType::kF32, {8, count});
  attention::copy(made.scores().view().slice(1, at, count), item.outputs.view());
  return item;
}

SyntheticGenes two_genes() {
  SyntheticGenes made(1800);
  made.plant(300, 150, '+');
  made.plant(1200, 100, '-');
  return made;
}

std::vector<std::string> told(const std::vector<io::Record>& records) {
  std::vector<std::string> lines;
  for (const io::Record& record : records) {
    if (const auto* start = std::get_if<io::SequenceStart>(&record)) {
      lines.push_back("start " + start->sequence);
    } else if (const auto* end = std::get_if<io::SequenceEnd>(&record)) {
      lines.push_back("end " + end->sequence + " " + std::to_string(end->length));
    } else {
      lines.push_back(text(std::get<io::Interval>(record)));
    }
  }
  return lines;
}

void append(std::vector<io::Record>& all, Item& item) {
  for (io::Record& record : item.records) all.push_back(std::move(record));
}

TEST(GeneHead, SegmentsBecomeOneSequenceOfRecords) {
  GeneHead head({}, 1);
  std::vector<io::Record> all;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    Item item = item_of(two_genes(), "c", at, 0);
    head.process(item);
    append(all, item);
  }
  EXPECT_THAT(told(all), ElementsAre("start c", "+300-750/0", "-1200-1500/0", "end c 1800"));
  EXPECT_EQ(head.statistics().genes, 2);
}

TEST(GeneHead, LanesInterleaveWithoutMixing) {
  GeneHead head({}, 2);
  std::vector<io::Record> first, second;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    for (int lane = 0; lane < 2; ++lane) {
      Item item = item_of(two_genes(), lane == 0 ? "a" : "b", at, lane);
      head.process(item);
      append(lane == 0 ? first : second, item);
    }
  }
  EXPECT_THAT(told(first), ElementsAre("start a", "+300-750/0", "-1200-1500/0", "end a 1800"));
  EXPECT_THAT(told(second), ElementsAre("start b", "+300-750/0", "-1200-1500/0", "end b 1800"));
}

TEST(GeneHead, ASegmentThatFailedEarlierLeavesAGapAndTheRestUnharmed) {
  GeneHead head({}, 1);
  std::vector<io::Record> all;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    Item item = item_of(two_genes(), "c", at, 0);
    at == 500 ? head.skip(item) : head.process(item);
    append(all, item);
  }
  EXPECT_THAT(told(all), ElementsAre("start c", "+300-500/0>", "-1200-1500/0", "end c 1800"));
}

TEST(GeneHead, ASegmentWhoseScoresAreNoNumbersFailsAlone) {
  GeneHead head({}, 1);
  std::vector<io::Record> all;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    Item item = item_of(two_genes(), "c", at, 0);
    if (at == 500) {
      item.outputs.view().as<float>()[7] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_THROW(head.process(item), std::runtime_error);
    } else {
      head.process(item);
    }
    append(all, item);
  }
  EXPECT_THAT(told(all), ElementsAre("start c", "+300-500/0>", "-1200-1500/0", "end c 1800"));
}

TEST(GeneHead, GoesOnFromItsSavedStateBehindAnySegment) {
  for (std::int64_t saved_at = 0; saved_at < 1800; saved_at += kCore) {
    auto head = std::make_unique<GeneHead>(GeneOptions{.wants_sequences = true}, 1);
    std::vector<io::Record> all;
    for (std::int64_t at = 0; at < 1800; at += kCore) {
      Item item = item_of(two_genes(), "c", at, 0);
      head->process(item);
      append(all, item);
      if (at != saved_at) continue;
      const StageState state = head->save();
      EXPECT_EQ(state.replay_from, StageState::kNothing);
      head = std::make_unique<GeneHead>(GeneOptions{.wants_sequences = true}, 1);
      head->load(state.bytes);
    }
    EXPECT_THAT(told(all), ElementsAre("start c", "+300-750/0", "-1200-1500/0", "end c 1800"));
    EXPECT_EQ(head->statistics().genes, 2);
  }
}

TEST(GeneHead, AMissingSegmentIsAProgrammingError) {
  GeneHead head({}, 1);
  Item item = item_of(two_genes(), "c", 500, 0);
  EXPECT_THROW(head.process(item), std::logic_error);
  Item empty;
  EXPECT_THROW(head.process(empty), std::logic_error);
  EXPECT_THROW(GeneHead({}, 0), std::invalid_argument);
}

/// The same with RNA scores: a tRNA before, between and within the genes.
Item with_rna(Item item) {
  const std::int64_t count = item.outputs.view().shape[1], begin = item.segment->core_begin;
  attention::Tensor outputs(attention::DType::kF32, {8 + kRnaClasses, count});
  attention::copy(item.outputs.view(), outputs.view().slice(0, 0, 8));
  const attention::TensorView rna = outputs.view().slice(0, 8, kRnaClasses);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = begin + i;
    int told = 0;
    for (const std::int64_t from : {100, 900, 1300}) told = at >= from && at < from + 76 ? 1 : told;
    for (int c = 0; c < kRnaClasses; ++c) {
      rna.as<float>()[c * count + i] = c == told ? -0.05F : -6;
    }
  }
  item.outputs = std::move(outputs);
  return item;
}

std::vector<std::string> types(const std::vector<io::Record>& records) {
  std::vector<std::string> all;
  for (const io::Record& record : records) {
    if (const auto* gene = std::get_if<io::Interval>(&record)) {
      all.push_back(gene->type + " " + std::to_string(gene->parts[0].start));
    }
  }
  return all;
}

std::vector<io::Record> run(const GeneClasses& classes, std::int64_t cut_at = -1) {
  GeneHead head({}, 1, classes);
  std::vector<io::Record> all;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    Item item = with_rna(item_of(two_genes(), "c", at, 0));
    GeneHead other({}, 1, classes);
    if (at == cut_at) other.load(head.save().bytes);
    (at < cut_at || cut_at < 0 ? head : other).process(item);
    if (at == cut_at) {
      head.load(other.save().bytes);
      cut_at = -1;
    }
    append(all, item);
  }
  return all;
}

TEST(GeneHead, RnaGenesAndOthersComeInOneOrder) {
  const auto all = run({.coding = true, .rna = RnaOptions{}});
  EXPECT_THAT(types(all), ElementsAre("tRNA 100", "CDS 300", "tRNA 900", "CDS 1200", "tRNA 1300"));
  EXPECT_TRUE(std::holds_alternative<io::SequenceStart>(all.front()));
  EXPECT_TRUE(std::holds_alternative<io::SequenceEnd>(all.back()));
}

TEST(GeneHead, GoesOnFromItsStateWithRnaGenes) {
  const GeneClasses classes{.coding = true, .rna = RnaOptions{}};
  EXPECT_EQ(told(run(classes, 1000)), told(run(classes)));
}

TEST(GeneHead, TellsOnlyTheClassesThatAreWanted) {
  EXPECT_THAT(types(run({.coding = false, .rna = RnaOptions{}})),
              ElementsAre("tRNA 100", "tRNA 900", "tRNA 1300"));
  EXPECT_THAT(types(run({.coding = true, .rna = std::nullopt})),
              ElementsAre("CDS 300", "CDS 1200"));
}

TEST(GeneHead, ARnaScoreThatIsNoNumberMakesAGapInBoth) {
  GeneHead head({}, 1, {.coding = true, .rna = RnaOptions{}});
  std::vector<io::Record> all;
  for (std::int64_t at = 0; at < 1800; at += kCore) {
    Item item = with_rna(item_of(two_genes(), "c", at, 0));
    if (at == 500) {
      item.outputs.view().as<float>()[12 * kCore] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_THROW(head.process(item), std::runtime_error);
    } else {
      head.process(item);
    }
    append(all, item);
  }
  EXPECT_THAT(types(all), ElementsAre("tRNA 100", "CDS 300", "CDS 1200", "tRNA 1300"))
      << "the gene left of the hole is partial, the tRNA in it is not seen";
}

}  // namespace
}  // namespace heddle::pipeline
