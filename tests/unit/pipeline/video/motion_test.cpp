#include "pipeline/detectors/motion.h"

#include "pipeline/detectors/scene_motion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr int kWidth = 320, kHeight = 240;

int ground(int x, int y) {
  auto bits =
      static_cast<std::uint32_t>(x / 11) * 7919U + static_cast<std::uint32_t>(y / 11) * 104729U;
  bits ^= bits >> 7;
  bits *= 0x7feb352dU;
  return 90 + static_cast<int>(bits >> 26);
}

/// A textured ground seen from (shift, 0), at a gain, with a square object where asked.
io::Frame picture(int number, const Box& object, double gain = 1, int shift = 0) {
  io::Frame frame;
  frame.number = number;
  frame.seconds = number / 25.0;
  frame.width = kWidth;
  frame.height = kHeight;
  frame.bgr.resize(std::size_t{kWidth} * kHeight * 3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const bool inside =
          x >= object.x && x < object.right() && y >= object.y && y < object.bottom();
      const double value = gain * (inside ? 30 + (x + y) % 7 : ground(x + shift, y));
      std::uint8_t* pixel = &frame.bgr[(static_cast<std::size_t>(y) * kWidth + x) * 3];
      pixel[0] = pixel[1] = pixel[2] = static_cast<std::uint8_t>(std::min(255.0, value));
    }
  }
  return frame;
}

constexpr Box kNothing{};
constexpr double kDusk = 0.3;  // gain of a dark picture

TEST(MotionDetector, FindsAMovingThingWhereItIs) {
  MotionDetector detector;
  for (int i = 0; i < 20; ++i) detector.detect(picture(i, kNothing));
  for (int i = 20; i < 40; ++i) {
    const Box object{3.0 * i, 80, 40, 60};
    const auto found = detector.detect(picture(i, object));
    ASSERT_EQ(found.size(), 1U) << "frame " << i;
    EXPECT_GT(iou(found[0].box, object), 0.7) << "frame " << i;
  }
}

TEST(MotionDetector, IsSilentWhileNothingMoves) {
  MotionDetector detector;
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(detector.detect(picture(i, kNothing)).empty());
}

TEST(MotionDetector, TakesAChangeOfExposureForWhatItIs) {
  MotionDetector detector;
  for (int i = 0; i < 80; ++i) {
    const double gain = i < 40 ? 1.0 : 0.75;
    EXPECT_TRUE(detector.detect(picture(i, kNothing, gain)).empty()) << "frame " << i;
  }
}

TEST(MotionDetector, IsSilentWhileTheCameraMovesAndCountsIt) {
  MotionDetector detector;
  for (int i = 0; i < 60; ++i) {
    const int shift = i < 20 ? 0 : 5 * (i - 20);
    EXPECT_TRUE(detector.detect(picture(i, kNothing, 1, shift)).empty()) << "frame " << i;
  }
  EXPECT_GT(detector.statistics().camera_moved, 30);
  EXPECT_GT(detector.statistics().quiet, 30);
}

TEST(MotionDetector, IsSilentWhileTheCameraTravelsSlowlyAndSeesAgainWhenItRests) {
  MotionDetector detector;
  const auto detect = [&](int i) {
    const int shift = std::clamp(i - 20, 0, 60);
    return detector.detect(picture(i, {250 - 1.5 * i, 80, 40, 60}, 1, shift));
  };
  for (int i = 0; i < 50; ++i) detect(i);
  for (int i = 50; i < 80; ++i) EXPECT_TRUE(detect(i).empty()) << "frame " << i;
  for (int i = 80; i < 130; ++i) detect(i);
  for (int i = 130; i < 150; ++i) EXPECT_FALSE(detect(i).empty()) << "frame " << i;
}

/// A faint disc of light on dark ground, with a rim `soft` pixels wide.
io::Frame lit(int number, double x, double soft) {
  io::Frame frame = picture(number, kNothing, kDusk);
  for (int row = 0; row < kHeight; ++row) {
    for (int column = 0; column < kWidth; ++column) {
      const double from_rim = 45 - std::hypot(column - x, row - 120.0);
      const double share = std::clamp(from_rim / soft, 0.0, 1.0);
      for (int c = 0; c < 3; ++c) {
        auto& value = frame.bgr[(static_cast<std::size_t>(row) * kWidth + column) * 3 + c];
        value = static_cast<std::uint8_t>(value + 22 * share);
      }
    }
  }
  return frame;
}

std::vector<double> changes_of_light(double soft) {
  MotionDetector detector;
  std::vector<double> changes;
  for (int i = 0; i < 20; ++i) detector.detect(picture(i, kNothing, kDusk));
  for (int i = 20; i < 40; ++i) {
    for (const Detection& d : detector.detect(lit(i, 60 + 8.0 * (i - 20), soft))) {
      changes.push_back(d.change);
    }
  }
  return changes;
}

TEST(MotionDetector, TakesAFaintThingForMovingOnlyWhereItHasAnOutline) {
  const std::vector<double> sharp = changes_of_light(1), soft = changes_of_light(30);
  ASSERT_FALSE(sharp.empty());
  EXPECT_GT(*std::max_element(sharp.begin(), sharp.end()), 0.1);
  ASSERT_FALSE(soft.empty());
  EXPECT_EQ(*std::max_element(soft.begin(), soft.end()), 0);
}

TEST(MotionDetector, GivesTheSameWhenStampsAreRoundedToMilliseconds) {
  MotionDetector one, two;
  for (int i = 0; i < 60; ++i) {
    io::Frame exact = picture(i, {3.0 * i, 60, 30, 50}), rounded = exact;
    exact.seconds = i * 1001.0 / 30000;
    rounded.seconds = std::round(exact.seconds * 1000) / 1000;
    const auto a = one.detect(exact), b = two.detect(rounded);
    ASSERT_EQ(a.size(), b.size()) << "frame " << i;
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_EQ(a[k].box.x, b[k].box.x);
  }
}

TEST(MotionDetector, ForgetsAnObjectThatLeftItsFirstPlace) {
  MotionDetector detector;
  const Box parked{140, 90, 44, 44};
  for (int i = 0; i < 20; ++i) detector.detect(picture(i, parked));
  std::vector<Detection> found;
  for (int i = 20; i < 60; ++i) {
    found = detector.detect(picture(i, {140.0 + 6 * (i - 20), 90, 44, 44}));
  }
  for (const Detection& d : found) EXPECT_LT(iou(d.box, parked), 0.3);
}

TEST(MotionDetector, GivesTheSameForTheSameFrames) {
  MotionDetector one, two;
  for (int i = 0; i < 40; ++i) {
    const io::Frame frame = picture(i, {4.0 * i, 60, 30, 50});
    const auto a = one.detect(frame), b = two.detect(frame);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_EQ(a[k].box.x, b[k].box.x);
  }
}

TEST(MotionDetector, RefusesAFrameWhoseBytesDoNotFit) {
  io::Frame frame = picture(0, kNothing);
  frame.bgr.resize(100);
  EXPECT_THROW(MotionDetector().detect(frame), std::invalid_argument);
}

TEST(Similarity, UndoesItself) {
  const Similarity s{0.9, 0.2, 5, -7};
  const cv::Point2d back = s.then(s.inverse()).apply({12, 34});
  EXPECT_NEAR(back.x, 12, 1e-9);
  EXPECT_NEAR(back.y, 34, 1e-9);
}

}  // namespace
}  // namespace heddle::pipeline
