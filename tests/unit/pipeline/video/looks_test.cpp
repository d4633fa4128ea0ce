#include "pipeline/associations/camera_motion.h"
#include "pipeline/associations/look_odds.h"
#include "pipeline/occlusion_suite/texture.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

LookOdds taught(double own, double other) {
  LookOdds odds;
  for (int i = 0; i < 200; ++i) {
    const double spread = i % 2 == 0 ? 0.05 : -0.05;
    odds.learn_own(own + spread);
    odds.learn_other(other + spread);
  }
  return odds;
}

TEST(LookOdds, SayMuchWhereLooksDiffer) {
  const LookOdds odds = taught(0.9, 0.5);
  EXPECT_GT(odds.of(0.9), 3);
  EXPECT_LT(odds.of(0.5), -3);
}

TEST(LookOdds, SayNothingWhereAllLookAlike) {
  const LookOdds odds = taught(0.9, 0.9);
  EXPECT_LT(std::abs(odds.of(0.95)), 0.5);
  EXPECT_LT(odds.distinctness(), 0.5);
}

io::Frame view(const Texture& scene, double right, double down) {
  io::Frame frame;
  frame.width = 480;
  frame.height = 360;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const auto colour = scene.at((x - right) / 300 - 0.5, (y - down) / 300 - 0.5);
      for (const float part : colour) frame.bgr.push_back(static_cast<std::uint8_t>(part));
    }
  }
  return frame;
}

TEST(CameraMotion, IsHowThePictureMoved) {
  const Texture scene = paint_texture(5);
  CameraMotion motion;
  EXPECT_FALSE(motion.next(view(scene, 0, 0))) << "a first frame";
  EXPECT_FALSE(motion.next(view(scene, 0, 0))) << "it stood still";
  const auto step = motion.next(view(scene, 6, -4));
  ASSERT_TRUE(step);
  EXPECT_NEAR(step->dx + (step->a - 1) * 240 - step->b * 180, 6, 0.5);
  EXPECT_NEAR(step->dy + step->b * 240 + (step->a - 1) * 180, -4, 0.5);
}

}  // namespace
}  // namespace heddle::pipeline
