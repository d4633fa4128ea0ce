#include "attention/train/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>
#include <vector>

namespace heddle::attention::train {
namespace {

constexpr int kRows = 40;
constexpr int kChannels = 7;

struct Case {
  std::string name;
  std::vector<LossSpec> losses;
  bool taught = false;
};

class Losses : public testing::TestWithParam<Case> {
 protected:
  Losses()
      : logits_(DType::kF32, {kRows, kChannels}),
        teacher_(DType::kF32, {kRows, kChannels}),
        labels_(DType::kU8, {kRows, 2}) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal(0, 2);
    for (int i = 0; i < kRows * kChannels; ++i) logits_.view().as<float>()[i] = normal(random);
    for (int i = 0; i < kRows * kChannels; ++i) teacher_.view().as<float>()[i] = normal(random);
    for (int row = 0; row < kRows; ++row) {
      auto* label = labels_.view().as<std::uint8_t>() + 2 * row;
      label[0] = static_cast<std::uint8_t>(random() % 4);
      label[1] = row % 5 == 0 ? kIgnored : static_cast<std::uint8_t>(random() % 2);
    }
  }
  double total(const std::vector<LossSpec>& losses) const {
    return total_of(losses, evaluate_losses(losses, logits_.view(), labels_.view(), {}, teacher()));
  }
  TensorView teacher() const { return GetParam().taught ? teacher_.view() : TensorView{}; }

  Tensor logits_, teacher_, labels_;
};

TEST_P(Losses, GradientIsThatOfFiniteDifferences) {
  const auto& losses = GetParam().losses;
  Tensor gradient(DType::kF32, {kRows, kChannels});
  evaluate_losses(losses, logits_.view(), labels_.view(), gradient.view(), teacher());
  auto* z = logits_.view().as<float>();
  for (int i = 0; i < kRows * kChannels; ++i) {
    const float kept = z[i];
    constexpr float kStep = 1.0f / 128;
    z[i] = kept + kStep;
    const double above = total(losses), high = z[i];
    z[i] = kept - kStep;
    const double below = total(losses), low = z[i];
    z[i] = kept;
    // A central difference errs by step^2 / 6 of the third derivative, here below 2e-5 a row.
    EXPECT_NEAR(gradient.view().as<float>()[i], (above - below) / (high - low), 2e-6) << i;
  }
}

const std::vector<Case> kCases = {
    {"CrossEntropy", {{.name = "a", .classes = 4}}},
    {"Smoothed", {{.name = "a", .first = 2, .classes = 4, .smoothing = 0.1}}},
    {"WeightedByClass", {{.name = "a", .classes = 4, .class_weights = {0.2, 1, 3, 0}}}},
    {"FocalWithIgnoredRows",
     {{.name = "a", .kind = LossKind::kFocal, .first = 5, .classes = 2, .column = 1}}},
    {"FocalOfGammaZeroAndWeights",
     {{.name = "a",
       .kind = LossKind::kFocal,
       .first = 5,
       .classes = 2,
       .column = 1,
       .gamma = 0,
       .class_weights = {1, 20}}}},
    {"TwoGroups",
     {{.name = "a", .classes = 4, .weight = 0.7},
      {.name = "b", .kind = LossKind::kFocal, .first = 4, .classes = 2, .column = 1, .weight = 3}}},
    {"Taught", {{.name = "a", .classes = 4, .smoothing = 0.1, .taught = 0.3}}, true},
    {"TaughtFocalOfWeightsWithIgnoredRows",
     {{.name = "a",
       .kind = LossKind::kFocal,
       .first = 5,
       .classes = 2,
       .column = 1,
       .taught = 0.6,
       .class_weights = {1, 20}}},
     true},
    {"TaughtByTheTeacherAlone",
     {{.name = "a", .first = 1, .classes = 4, .weight = 0.7, .taught = 1}},
     true}};

INSTANTIATE_TEST_SUITE_P(All, Losses, testing::ValuesIn(kCases), [](const auto& one) {
  return one.param.name;
});

TEST(LossValue, CrossEntropyOfEvenLogitsIsTheLogarithmOfTheClasses) {
  Tensor logits(DType::kF32, {2, 4}), labels(DType::kU8, {2, 1});
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 4}};
  EXPECT_NEAR(evaluate_losses(losses, logits.view(), labels.view())[0].loss, std::log(4), 1e-12);
}

TEST(LossValue, IgnoredRowsCountNowhere) {
  Tensor logits(DType::kF32, {3, 2}), labels(DType::kU8, {3, 1}), gradient(DType::kF32, {3, 2});
  logits.view().as<float>()[2] = 50;  // row 1, which would be wrong by 50 nats
  labels.view().as<std::uint8_t>()[1] = kIgnored;
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 2}};
  const LossValue value = evaluate_losses(losses, logits.view(), labels.view(), gradient.view())[0];
  EXPECT_NEAR(value.loss, std::log(2), 1e-12);
  EXPECT_EQ(value.rows, 2);
  EXPECT_EQ(gradient.view().as<float>()[2], 0);
}

TEST(LossValue, AllRowsIgnoredIsNoLossAndNoGradient) {
  Tensor logits(DType::kF32, {1, 2}), labels(DType::kU8, {1, 1}), gradient(DType::kF32, {1, 2});
  labels.view().as<std::uint8_t>()[0] = kIgnored;
  gradient.view().as<float>()[0] = 7;
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 2}};
  EXPECT_EQ(evaluate_losses(losses, logits.view(), labels.view(), gradient.view())[0].loss, 0);
  EXPECT_EQ(gradient.view().as<float>()[0], 0);
}

/// Two rows, the second without a label; a teacher of one to three.
struct TwoRows {
  TwoRows() {
    const float z[] = {0.5f, -1, 2, 2}, t[] = {std::log(0.25f), std::log(0.75f), 9, -9};
    std::copy(std::begin(z), std::end(z), logits.view().as<float>());
    std::copy(std::begin(t), std::end(t), teacher.view().as<float>());
    labels.view().as<std::uint8_t>()[1] = kIgnored;
  }
  LossValue value(double taught, bool asked = true) {
    const std::vector<LossSpec> losses = {
        {.name = "a", .classes = 2, .smoothing = 0.2, .taught = taught}};
    return evaluate_losses(losses,
                           logits.view(),
                           labels.view(),
                           gradient.view(),
                           asked ? teacher.view() : TensorView{})[0];
  }

  Tensor logits{DType::kF32, {2, 2}}, teacher{DType::kF32, {2, 2}}, labels{DType::kU8, {2, 1}};
  Tensor gradient{DType::kF32, {2, 2}};
};

TEST(TaughtLoss, IsThatOfTheMixedTarget) {
  TwoRows rows;
  const LossValue value = rows.value(0.4);
  const double wanted = 0.6 * 0.9 + 0.4 * 0.25;  // of class 0
  const double log_0 = -std::log1p(std::exp(-1.5)), log_1 = log_0 - 1.5;
  EXPECT_NEAR(value.loss, -wanted * log_0 - (1 - wanted) * log_1, 1e-7);
  EXPECT_EQ(value.rows, 1);
  EXPECT_NEAR(rows.gradient.view().as<float>()[0], std::exp(log_0) - wanted, 1e-7);
  EXPECT_NEAR(rows.gradient.view().as<float>()[1], std::exp(log_1) - (1 - wanted), 1e-7);
}

TEST(TaughtLoss, OfARowWithoutALabelIsNone) {
  TwoRows rows;
  static_cast<void>(rows.value(1));
  EXPECT_NE(rows.gradient.view().as<float>()[0], 0);
  EXPECT_EQ(rows.gradient.view().as<float>()[2], 0);
  EXPECT_EQ(rows.gradient.view().as<float>()[3], 0);
}

TEST(TaughtLoss, WithoutATeacherOrAShareIsThatOfLabels) {
  TwoRows rows;
  const double labels = rows.value(0).loss;
  EXPECT_EQ(rows.value(0.4, false).loss, labels);
  EXPECT_NE(rows.value(0.4).loss, labels);
}

TEST(TaughtLoss, OfATeacherOfOtherChannelsIsRefused) {
  TwoRows rows;
  rows.teacher = Tensor(DType::kF32, {2, 3});
  EXPECT_THAT([&] { rows.value(0.4); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("teacher")));
}

TEST(LossValue, FocalOfACertainRowIsFinite) {
  Tensor logits(DType::kF32, {2, 2}), labels(DType::kU8, {2, 1}), gradient(DType::kF32, {2, 2});
  logits.view().as<float>()[0] = 200;  // right without doubt
  logits.view().as<float>()[3] = 200;  // wrong without doubt
  const std::vector<LossSpec> losses = {
      {.name = "a", .kind = LossKind::kFocal, .classes = 2, .gamma = 0.5}};
  const LossValue value = evaluate_losses(losses, logits.view(), labels.view(), gradient.view())[0];
  EXPECT_NEAR(value.loss, 100, 1e-6);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(std::isfinite(gradient.view().as<float>()[i])) << i;
}

TEST(LossValue, ThreadsChangeNoBit) {
  constexpr int kMany = 5000;
  Tensor logits(DType::kF32, {kMany, 4}), labels(DType::kU8, {kMany, 1});
  std::mt19937 random(1);
  for (int i = 0; i < 4 * kMany; ++i) {
    logits.view().as<float>()[i] = static_cast<float>(random() % 1000) / 100;
  }
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 4}};
  std::vector<double> seen;
  for (const std::size_t threads : {1, 2, 4}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    seen.push_back(evaluate_losses(losses, logits.view(), labels.view())[0].loss);
  }
  EXPECT_THAT(seen, testing::Each(seen[0]));
}

TEST(LossWeights, CountRowsAndWeighTheirLabels) {
  Tensor labels(DType::kU8, {4, 2});
  const std::uint8_t held[] = {9, 0, 9, 2, 9, kIgnored, 9, 2};  // the other column is another's
  std::copy(std::begin(held), std::end(held), labels.view().as<std::uint8_t>());
  const LossSpec plain{.name = "a", .classes = 3, .column = 1};
  EXPECT_EQ(weigh_labels(plain, labels.view()).weights, 3);
  LossSpec weighed = plain;
  weighed.class_weights = {1, 10, 0.25};
  EXPECT_EQ(weigh_labels(weighed, labels.view()).weights, 1.5);
  EXPECT_EQ(weigh_labels(weighed, labels.view()).rows, 3);
  const LossSpec few{.name = "few", .classes = 2, .column = 1};
  EXPECT_THAT([&] { weigh_labels(few, labels.view()); },
              testing::ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(testing::HasSubstr("few"), testing::HasSubstr("row 1"))));
}

TEST(LossErrors, ALabelBeyondTheClassesNamesTheLossAndTheRow) {
  Tensor logits(DType::kF32, {2, 2}), labels(DType::kU8, {2, 1});
  labels.view().as<std::uint8_t>()[1] = 2;
  const std::vector<LossSpec> losses = {{.name = "start", .classes = 2}};
  EXPECT_THAT([&] { evaluate_losses(losses, logits.view(), labels.view()); },
              testing::ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(testing::HasSubstr("start"), testing::HasSubstr("row 1"))));
}

TEST(LossErrors, AChannelOfTwoLossesIsRefused) {
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 4},
                                        {.name = "b", .first = 3, .classes = 2}};
  EXPECT_THAT([&] { require_sound(losses, 8, 1); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("channel 3")));
}

TEST(LossErrors, AShareAboveOneIsRefused) {
  const std::vector<LossSpec> losses = {{.name = "a", .classes = 4, .taught = 1.5}};
  EXPECT_THROW(require_sound(losses, 8, 1), std::invalid_argument);
}

TEST(LossErrors, AGroupBeyondTheChannelsIsRefused) {
  const std::vector<LossSpec> losses = {{.name = "a", .first = 6, .classes = 4}};
  EXPECT_THROW(require_sound(losses, 8, 1), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::train
