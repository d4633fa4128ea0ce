#include "pipeline/training/gene_streams.h"

#include "pipeline/encoders/bases.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using attention::train::Batch;
using attention::train::StreamSegment;

constexpr std::int64_t kWindow = 48, kHalo = 12, kCore = 24, kChapter = 4;

struct Read {
  StreamSegment at;
  std::vector<std::uint8_t> bases, labels;

  std::vector<std::uint8_t> core() const { return {bases.begin() + kHalo, bases.end() - kHalo}; }
};

class Streams : public TemporaryFolder {
 protected:
  Streams() {
    LabelledSequence one{"one", 11, with_gene(made_gene(400, 1))};
    LabelledSequence two{"two", 11, with_gene(made_gene(8, 2), '-')};  // shorter than a chapter
    whole_ = one.labels;
    write_shard(path("s"), std::vector{one, two});
  }
  GeneStreams streams(const Augmentation& change = as_they_are(), double held_back = 0.2) const {
    std::vector<Shard> shards;
    shards.emplace_back(path("s"));
    WindowSettings settings{
        .window = kWindow, .held_back = held_back, .most_validation = 16, .augmentation = change};
    return {std::move(shards), settings, {.halo = kHalo, .patch = 6, .chapter = kChapter}};
  }
  static Augmentation as_they_are() {
    return {.reverse = 0, .clean = 1, .recoded = 0, .cut = 0, .gaps = 0};
  }
  template <class Fill>
  static Read filled(const Fill& fill) {
    Tensor bases(DType::kU8, {kWindow}), labels(DType::kU8, {kWindow, kLabelColumns});
    const StreamSegment at = fill(Batch{{{"bases", bases.view()}}, labels.view()});
    const auto* b = bases.view().as<std::uint8_t>();
    const auto* l = labels.view().as<std::uint8_t>();
    return {at, {b, b + kWindow}, {l, l + kLabelColumns * kWindow}};
  }
  static Read segment(const GeneStreams& from, std::int64_t number, std::int64_t row = 0) {
    return filled([&](const Batch& batch) { return from.fill({5, row, number}, batch); });
  }

  LabelledBases whole_;
};

TEST_F(Streams, OfOneKeyAreOneSegmentWhateverWasReadBefore) {
  const GeneStreams one = streams(), two = streams();
  for (std::int64_t number = 0; number < 3 * kChapter; ++number) segment(one, number);
  for (const std::int64_t number : {9, 2, 5}) {
    EXPECT_EQ(segment(one, number).bases, segment(two, number).bases) << number;
    EXPECT_EQ(segment(one, number).labels, segment(two, number).labels) << number;
  }
  EXPECT_NE(segment(one, 0, 0).bases, segment(one, 0, 1).bases);
}

TEST_F(Streams, CoresFollowOneAnotherAndHalosShowTheirNeighbours) {
  const GeneStreams from = streams();
  int followed = 0;
  for (std::int64_t number = 0; number < 40 * kChapter; ++number) {
    const Read one = segment(from, number), next = segment(from, number + 1);
    EXPECT_EQ(one.at.core_begin, kHalo / 6);
    EXPECT_EQ(one.at.core_end, (kHalo + kCore) / 6);
    EXPECT_TRUE(number % kChapter > 0 || one.at.begins);
    if (next.at.begins) continue;
    ++followed;
    // The right halo is the beginning of the next core, whose left halo is this one's end.
    EXPECT_TRUE(std::equal(one.bases.end() - kHalo, one.bases.end(), next.core().begin()));
    EXPECT_TRUE(
        std::equal(next.bases.begin(), next.bases.begin() + kHalo, one.core().end() - kHalo));
  }
  EXPECT_GT(followed, 80);
}

TEST_F(Streams, OnlyTheCoreIsAskedAbout) {
  const GeneStreams from = streams();
  bool asked = false;
  for (std::int64_t number = 0; number < 8; ++number) {
    const Read one = segment(from, number);
    for (std::size_t i = 0; i < kWindow; ++i) {
      const bool core = i >= kHalo && i < kHalo + kCore;
      EXPECT_TRUE(core || one.labels[kLabelColumns * i] == kUnlabelled);
      asked = asked || (core && one.labels[kLabelColumns * i] != kUnlabelled);
    }
  }
  EXPECT_TRUE(asked);
}

TEST_F(Streams, AShortSequenceMakesRoomForAnotherInItsChapter) {
  const GeneStreams from = streams();
  int documents_inside = 0;
  for (std::int64_t number = 0; number < 400; ++number) {
    if (number % kChapter > 0 && segment(from, number).at.begins) ++documents_inside;
  }
  EXPECT_GT(documents_inside, 0);
}

TEST_F(Streams, AChapterThatIsTurnedRoundHasItsSegmentsInOrderEachReversed) {
  Augmentation turned = as_they_are();
  turned.reverse = 1;
  // Deciding to turn is the last draw of a chapter: the pieces are the same.
  const GeneStreams along = streams(), against = streams(turned);
  for (std::int64_t number = 0; number < 2 * kChapter; ++number) {
    const Read one = segment(along, number);
    std::vector<std::uint8_t> wanted(kWindow);
    reverse_complement(one.bases, wanted);
    EXPECT_EQ(segment(against, number).bases, wanted) << number;
  }
}

TEST_F(Streams, ValidationReadsWhatIsHeldBackFromItsBeginning) {
  const GeneStreams from = streams();
  ASSERT_GE(from.validation_documents(), 1);
  ASSERT_EQ(from.validation_segments(0), kChapter) << "a chapter at most";
  std::vector<std::uint8_t> read;
  for (std::int64_t s = 0; s < kChapter; ++s) {
    const Read one = filled([&](const Batch& batch) { return from.fill_validation(0, s, batch); });
    EXPECT_EQ(one.at.begins, s == 0);
    const std::vector<std::uint8_t> core = one.core();
    read.insert(read.end(), core.begin(), core.end());
  }
  const auto cut =
      whole_.size() - static_cast<std::int64_t>(0.2 * static_cast<double>(whole_.size()));
  EXPECT_TRUE(std::equal(read.begin(), read.end(), whole_.bases.begin() + cut));
}

TEST_F(Streams, OfBrokenTokensAreRefused) {
  std::vector<Shard> shards;
  shards.emplace_back(path("s"));
  EXPECT_THROW(
      GeneStreams(
          std::move(shards), {.window = kWindow}, {.halo = kHalo, .patch = 5, .chapter = kChapter}),
      std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
