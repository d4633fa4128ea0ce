#include "pipeline/encoders/segments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

/// Sequences from memory, cut into pieces of any size.
class PieceSource : public io::Source {
 public:
  PieceSource(std::vector<io::Sequence> sequences, std::size_t piece) : piece_(piece) {
    for (const io::Sequence& sequence : sequences) add(sequence);
  }
  const io::SourceInfo& info() const override { return info_; }
  std::optional<io::Sample> next() override {
    if (at_ == pieces_.size()) return std::nullopt;
    return pieces_[at_++];
  }
  std::int64_t position() const override { return static_cast<std::int64_t>(at_); }

 private:
  void add(const io::Sequence& whole) {
    for (std::size_t at = 0; at == 0 || at < whole.bases.size(); at += piece_) {
      io::Sequence piece = whole;
      piece.offset = static_cast<std::int64_t>(at);
      piece.bases = whole.bases.substr(at, piece_);
      piece.first = at == 0;
      piece.last = at + piece_ >= whole.bases.size();
      pieces_.push_back(std::move(piece));
    }
  }

  io::SourceInfo info_;
  std::size_t piece_;
  std::vector<io::Sequence> pieces_;
  std::size_t at_ = 0;
};

io::Sequence sequence_of(const std::string& name, std::size_t length, bool circular = false) {
  io::Sequence sequence;
  sequence.name = name;
  sequence.circular = circular;
  for (std::size_t i = 0; i < length; ++i) sequence.bases += "ACGT"[(i * i + i / 3) % 4];
  return sequence;
}

std::vector<Segment> cut(std::vector<io::Sequence> sequences,
                         std::size_t piece,
                         Topology topology,
                         const SegmentGrid& grid = {.length = 24, .halo = 4}) {
  PieceSource source(std::move(sequences), piece);
  SegmentFeed feed(source, grid, topology);
  std::vector<Segment> segments;
  for (Item item; feed.next(item); item = Item{}) segments.push_back(std::move(*item.segment));
  return segments;
}

TEST(SegmentFeed, CountsTheBasesAndTheScoresThatTheModelWillLeave) {
  for (const std::int64_t scores : {0, 8, 19}) {
    PieceSource source({sequence_of("a", 100)}, 7);
    SegmentFeed feed(source, {.length = 24, .halo = 4, .scores = scores}, Topology::kLinear);
    Item item;
    ASSERT_TRUE(feed.next(item));
    EXPECT_EQ(item.bytes, 24 + 16 * 4 * static_cast<std::size_t>(scores));
  }
}

TEST(SegmentFeed, CoresTileEverySequenceOnceAndHalosCarryTheNeighbours) {
  const io::Sequence whole = sequence_of("a", 100);
  const std::vector<Segment> segments = cut({whole}, 7, Topology::kLinear);
  ASSERT_EQ(segments.size(), 7u);
  const std::string padded = std::string(4, 'N') + whole.bases + std::string(30, 'N');
  std::int64_t expected = 0;
  for (const Segment& segment : segments) {
    EXPECT_EQ(segment.core_begin, expected);
    EXPECT_EQ(segment.bases, padded.substr(static_cast<std::size_t>(segment.core_begin), 24));
    expected = segment.core_end;
  }
  EXPECT_EQ(expected, 100);
  EXPECT_TRUE(segments.front().first);
  EXPECT_TRUE(segments.back().last);
  EXPECT_EQ(segments.back().length, 100);
  EXPECT_EQ(
      std::count_if(segments.begin(), segments.end(), [](const Segment& s) { return s.last; }), 1);
}

const SegmentGrid kFullWindows = {.length = 24, .halo = 4};
const SegmentGrid kShortWindows = {.length = 24, .halo = 4, .step = 6, .margin = 2};

class SegmentPieces : public testing::TestWithParam<std::tuple<std::size_t, SegmentGrid>> {};

TEST_P(SegmentPieces, PieceSizeNeverChangesASegment) {
  const std::vector<io::Sequence> inputs = {sequence_of("a", 100),
                                            sequence_of("empty", 0),
                                            sequence_of("b", 16),
                                            sequence_of("c", 3),
                                            sequence_of("round", 77, true)};
  const auto [piece, grid] = GetParam();
  const std::vector<Segment> expected = cut(inputs, 1000, Topology::kFromSource, grid);
  const std::vector<Segment> found = cut(inputs, piece, Topology::kFromSource, grid);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].sequence, expected[i].sequence);
    EXPECT_EQ(found[i].bases, expected[i].bases);
    EXPECT_EQ(found[i].core_begin, expected[i].core_begin);
    EXPECT_EQ(found[i].core_end, expected[i].core_end);
    EXPECT_EQ(found[i].last, expected[i].last);
  }
}

INSTANTIATE_TEST_SUITE_P(Pieces,
                         SegmentPieces,
                         testing::Combine(testing::Values(1, 2, 7, 16, 50),
                                          testing::Values(kFullWindows, kShortWindows)));

TEST(SegmentFeed, AnEmptySequenceStillPassesAsOneEmptySegment) {
  const std::vector<Segment> segments = cut({sequence_of("empty", 0)}, 10, Topology::kCircular);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_TRUE(segments[0].first && segments[0].last);
  EXPECT_EQ(segments[0].core_begin, segments[0].core_end);
  EXPECT_EQ(segments[0].bases, std::string(24, 'N'));
}

TEST(SegmentFeed, ACircleIsContinuedWithItselfOnBothSides) {
  const io::Sequence whole = sequence_of("round", 77, true);
  const std::string thrice = whole.bases + whole.bases + whole.bases;
  for (const std::size_t piece : {1u, 9u, 77u}) {
    const std::vector<Segment> segments = cut({whole}, piece, Topology::kFromSource);
    EXPECT_EQ(segments.back().core_end, 77);
    for (const Segment& segment : segments) {
      EXPECT_EQ(segment.bases, thrice.substr(static_cast<std::size_t>(77 + segment.begin), 24));
    }
  }
}

TEST(SegmentFeed, ACircleTooLongToGatherBeginsBehindN) {
  const io::Sequence whole = sequence_of("round", 77, true);
  const std::string twice = std::string(4, 'N') + whole.bases + whole.bases;
  for (const std::size_t piece : {1u, 9u, 77u}) {
    const std::vector<Segment> segments =
        cut({whole}, piece, Topology::kFromSource, {.length = 24, .halo = 4, .longest_whole = 40});
    for (const Segment& segment : segments) {
      EXPECT_EQ(segment.bases, twice.substr(static_cast<std::size_t>(segment.core_begin), 24));
    }
  }
}

TEST(SegmentFeed, ATinyCircleGoesRoundAsOftenAsTheHaloAsks) {
  const std::vector<Segment> segments =
      cut({sequence_of("plasmid", 5, true)}, 4, Topology::kFromSource);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].bases.substr(4, 5), segments[0].bases.substr(9, 5));
  EXPECT_EQ(segments[0].bases.substr(4, 5), segments[0].bases.substr(14, 5));
}

TEST(SegmentFeed, AShortSequenceGetsAWindowOfItsOwnWithoutASeam) {
  for (const std::size_t length : {0u, 1u, 2u, 3u, 14u, 20u}) {
    const io::Sequence whole = sequence_of("read", length);
    const std::vector<Segment> segments = cut({whole}, 3, Topology::kLinear, kShortWindows);
    ASSERT_EQ(segments.size(), 1u) << length;
    const std::size_t window = (length + 4 + 5) / 6 * 6;
    EXPECT_EQ(segments[0].begin, -2);
    EXPECT_EQ(segments[0].core_end, static_cast<std::int64_t>(length));
    EXPECT_EQ(segments[0].bases, "NN" + whole.bases + std::string(window - 2 - length, 'N'));
  }
}

TEST(SegmentFeed, TheWindowWithALongSequencesEndStopsBehindIt) {
  const io::Sequence whole = sequence_of("long", 21);  // one more than fits a window whole
  const std::vector<Segment> segments = cut({whole}, 5, Topology::kLinear, kShortWindows);
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].bases, std::string(4, 'N') + whole.bases.substr(0, 20));
  EXPECT_EQ(segments[1].core_begin, 16);
  EXPECT_EQ(segments[1].bases, whole.bases.substr(12) + std::string(3, 'N'));  // 9 + 2, in steps
}

TEST(SegmentFeed, ALongSequenceInOnePieceTakesTimeInProportionToItsLength) {
  const io::Sequence whole = sequence_of("contig", 16'000'000);  // by its square: hours
  PieceSource source({whole}, whole.bases.size());
  SegmentFeed feed(source, {.length = 24, .halo = 4}, Topology::kLinear);
  std::size_t at = 0;
  bool same = true;
  for (Item item; same && feed.next(item); item = Item{}, at += 16) {
    same = item.segment->bases.compare(4, 16, whole.bases, at, 16) == 0;
  }
  EXPECT_TRUE(same) << "segment at " << at;
  EXPECT_EQ(at, whole.bases.size());
}

TEST(SegmentFeed, CircularSequencesKeepFullWindows) {
  for (const Segment& segment :
       cut({sequence_of("ring", 10, true)}, 4, Topology::kFromSource, kShortWindows)) {
    EXPECT_EQ(segment.bases.size(), 24u);
  }
}

TEST(SegmentFeed, RefusesStepsThatDoNotDivideTheSegmentAndMarginsOverTheHalo) {
  PieceSource source({}, 1);
  const auto feed = [&](const SegmentGrid& grid) { SegmentFeed(source, grid, Topology::kLinear); };
  EXPECT_THROW(feed({.length = 24, .halo = 4, .step = 7}), std::invalid_argument);
  EXPECT_THROW(feed({.length = 24, .halo = 4, .step = -6}), std::invalid_argument);
  EXPECT_THROW(feed({.length = 24, .halo = 4, .step = 6, .margin = 5}), std::invalid_argument);
}

TEST(SegmentFeed, RefusesAGridWithoutACore) {
  PieceSource source({}, 1);
  EXPECT_THROW(SegmentFeed(source, {.length = 8, .halo = 4}, Topology::kLinear),
               std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
