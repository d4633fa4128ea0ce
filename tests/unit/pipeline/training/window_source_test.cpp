#include "pipeline/training/window_source.h"

#include "tests/unit/pipeline/pack/temporary_folder.h"
#include "tests/unit/pipeline/training/labelled_gene.h"

#include <gmock/gmock.h>

#include <set>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using attention::train::Batch;

constexpr std::int64_t kWindow = 96;

struct Filled {
  std::vector<std::uint8_t> bases, labels;
  bool operator<(const Filled& other) const { return bases < other.bases; }
};

class Windows : public TemporaryFolder {
 protected:
  Windows() {
    LabelledSequence one{"one", 11, with_gene(made_gene(400, 1))};
    LabelledSequence two{"two", 11, with_gene(made_gene(100, 2), '-')};
    whole_ = one.labels;
    write_shard(path("s"), std::vector{one, two});
  }
  WindowSource source(const WindowSettings& settings) const {
    std::vector<Shard> shards;
    shards.emplace_back(path("s"));
    return {std::move(shards), settings};
  }
  static WindowSettings as_they_are() {
    WindowSettings settings;
    settings.window = kWindow;
    settings.held_back = 0.2;
    settings.augmentation = {.reverse = 0, .clean = 1, .recoded = 0, .cut = 0, .gaps = 0};
    return settings;
  }
  template <class Fill>
  static Filled filled(const Fill& fill) {
    Tensor bases(DType::kU8, {kWindow}), labels(DType::kU8, {kWindow, kLabelColumns});
    fill(Batch{{{"bases", bases.view()}}, labels.view()});
    const auto* b = bases.view().as<std::uint8_t>();
    const auto* l = labels.view().as<std::uint8_t>();
    return {{b, b + kWindow}, {l, l + kLabelColumns * kWindow}};
  }
  static Filled sample(const WindowSource& from, std::int64_t step, std::int64_t index = 0) {
    return filled([&](const Batch& batch) { from.fill({5, step, index}, batch); });
  }

  LabelledBases whole_;
};

TEST_F(Windows, OfOneKeyAreOneWindowOfAnotherAnother) {
  const WindowSource one = source({.window = kWindow}), two = source({.window = kWindow});
  EXPECT_EQ(sample(one, 3).bases, sample(two, 3).bases);
  EXPECT_EQ(sample(one, 3).labels, sample(two, 3).labels);
  EXPECT_NE(sample(one, 3).bases, sample(one, 4).bases);
  EXPECT_NE(sample(one, 3).bases, sample(one, 3, 1).bases);
}

TEST_F(Windows, AsTheyAreArePiecesOfTheSequencesWithTheirLabels) {
  const WindowSource from = source(as_they_are());
  int pieces = 0;
  for (std::int64_t step = 0; step < 40; ++step) {
    const Filled made = sample(from, step);
    const auto at =
        std::search(whole_.bases.begin(), whole_.bases.end(), made.bases.begin(), made.bases.end());
    if (at == whole_.bases.end()) continue;
    ++pieces;
    const auto begin = static_cast<std::size_t>(at - whole_.bases.begin());
    for (std::size_t i = 0; i < kWindow; ++i) {
      ASSERT_EQ(made.labels[kLabelColumns * i], whole_.plus[begin + i]);
      ASSERT_EQ(made.labels[kLabelColumns * i + 2], whole_.starts[begin + i]);
    }
  }
  EXPECT_GT(pieces, 15) << "four in five bases are of this sequence";
}

TEST_F(Windows, TrainingNeverSeesWhatIsHeldBack) {
  const WindowSource from = source(as_they_are());
  ASSERT_GE(from.validation_samples(), 2);
  std::set<std::vector<std::uint8_t>> held;  // 24-mers
  constexpr std::size_t kWord = 24;
  for (std::int64_t i = 0; i < from.validation_samples(); ++i) {
    const Filled made = filled([&](const Batch& batch) { from.fill_validation(i, batch); });
    for (std::size_t at = 0; at + kWord <= kWindow; ++at) {
      const std::vector<std::uint8_t> word(
          made.bases.begin() + static_cast<std::ptrdiff_t>(at),
          made.bases.begin() + static_cast<std::ptrdiff_t>(at + kWord));
      if (std::count(word.begin(), word.end(), kUnknownBase) == 0) held.insert(word);
    }
  }
  // The spacer behind both genes stands before them too.
  for (std::int64_t step = 0; step < 100; ++step) {
    const Filled made = sample(from, step);
    for (std::size_t at = 0; at + kWord <= kWindow; ++at) {
      if (made.labels[kLabelColumns * at] == 0 && made.labels[kLabelColumns * at + 1] == 0)
        continue;
      const std::vector<std::uint8_t> word(
          made.bases.begin() + static_cast<std::ptrdiff_t>(at),
          made.bases.begin() + static_cast<std::ptrdiff_t>(at + kWord));
      EXPECT_EQ(held.count(word), 0u);
    }
  }
}

TEST_F(Windows, OfShortSequencesAreHeldBackWholeInTheirShare) {
  std::vector<LabelledSequence> short_ones;
  for (std::uint32_t i = 0; i < 40; ++i) {
    short_ones.push_back({"s" + std::to_string(i), 11, with_gene(made_gene(20, i))});
  }
  const std::int64_t length = short_ones[0].labels.size();
  write_shard(path("s"), short_ones);
  WindowSettings settings = as_they_are();
  settings.held_back = 0.1;
  const WindowSource from = source(settings);
  EXPECT_NEAR(static_cast<double>(from.bases().training_bases()),
              static_cast<double>(36 * length),
              static_cast<double>(length));
  EXPECT_GE(from.validation_samples(), 3 * ((length + kWindow - 1) / kWindow));
}

TEST_F(Windows, LongerThanTheirSequenceAreFilledWithN) {
  WindowSettings settings = as_they_are();
  settings.held_back = 0;
  const WindowSource from = source(settings);
  EXPECT_EQ(from.validation_samples(), 0);
  int filled_up = 0;
  for (std::int64_t step = 0; step < 200; ++step) {
    const Filled made = sample(from, step);
    filled_up += made.bases.back() == kUnknownBase ? 1 : 0;
    EXPECT_EQ(made.bases.back() == kUnknownBase,
              made.labels[kLabelColumns * (kWindow - 1)] == kUnlabelled);
  }
  EXPECT_GT(filled_up, 0);
  EXPECT_LT(filled_up, 60);
}

/// The second sequence with a tRNA of 12 bases in its midst and a 5S of 30 at its held back end.
std::vector<LabelledSequence> with_rnas(const LabelledBases& labels) {
  LabelledSequence made{"r", 11, labels};
  made.labels.rna.assign(made.labels.bases.size(), 0);
  std::fill_n(made.labels.rna.begin() + 300, 12, std::uint8_t{1});
  std::fill_n(made.labels.rna.end() - 40, 30, std::uint8_t{6});
  return {made};
}

TEST_F(Windows, AroundRnaGenesHoldABaseOfOneThatMayBeSeen) {
  write_shard(path("s"), with_rnas(whole_));
  WindowSettings settings = as_they_are();
  settings.augmentation.rna = 1;
  const WindowSource from = source(settings);
  EXPECT_TRUE(from.bases().knows_rna());
  for (std::int64_t step = 0; step < 50; ++step) {
    const Filled made = sample(from, step);
    int of_trna = 0;
    for (std::size_t i = 0; i < kWindow; ++i) {
      const std::uint8_t label = made.labels[kLabelColumns * i + 3];
      ASSERT_TRUE(label == 0 || label == 1) << "the 5S is held back";
      of_trna += label == 1 ? 1 : 0;
    }
    EXPECT_GT(of_trna, 0);
  }
}

TEST_F(Windows, AroundRnaGenesNeedSome) {
  WindowSettings settings = as_they_are();
  EXPECT_FALSE(source(settings).bases().knows_rna());
  settings.augmentation.rna = 0.5;
  EXPECT_THAT([&] { source(settings); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("no RNA genes")));
}

TEST_F(Windows, EveryChangeTogetherStillGivesBasesAndLabelsInRange) {
  WindowSettings settings = as_they_are();
  settings.augmentation = {.clean = 0, .recoded = 1, .cut = 0.5, .gaps = 0.5, .shuffled = 0.5};
  const WindowSource from = source(settings);
  for (std::int64_t step = 0; step < 200; ++step) {
    const Filled made = sample(from, step);
    for (const std::uint8_t base : made.bases) ASSERT_LE(base, kUnknownBase);
    for (const std::uint8_t label : made.labels) ASSERT_TRUE(label <= 3 || label == kUnlabelled);
  }
}

TEST_F(Windows, AWrongInputIsRefused) {
  const WindowSource from = source(as_they_are());
  Tensor bases(DType::kU8, {kWindow + 1}), labels(DType::kU8, {kWindow, kLabelColumns});
  EXPECT_THROW(from.fill({1, 1, 1}, Batch{{{"bases", bases.view()}}, labels.view()}),
               std::invalid_argument);
}

TEST_F(Windows, SettingsOutOfRangeAreRefused) {
  WindowSettings settings = as_they_are();
  settings.augmentation.lowest_error = 0.5;
  EXPECT_THROW(source(settings), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
