#include "pipeline/associations/box_memory.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

const BoxMemorySettings kSettings;
constexpr Step kStep{.seconds = 0.04};

Detection at(double x, double width = 40, double height = 100) {
  return {centred_box(x, 200, width, height), 1};
}

/// Of something that moves by 2 pixels a frame and is at `frames` * 2 now.
BoxMemory walked(int frames) {
  BoxMemory memory(at(0), kSettings);
  for (int frame = 1; frame <= frames; ++frame) {
    memory.predict(kSettings, kStep);
    memory.correct(at(2.0 * frame), 1, kSettings);
  }
  return memory;
}

TEST(BoxMemory, ExpectsASteadyWalkerWhereItWillBe) {
  BoxMemory memory = walked(40);
  memory.predict(kSettings, kStep);
  EXPECT_NEAR(memory.box().centre_x(), 82, 0.5);
  EXPECT_NEAR(memory.box().width, 40, 0.1);
}

TEST(BoxMemory, FitsWhatIsExpectedBest) {
  BoxMemory memory = walked(40);
  memory.predict(kSettings, kStep);
  const double there = memory.fit(at(82), kSettings);
  EXPECT_LE(there, 0);
  EXPECT_GT(there, memory.fit(at(92), kSettings));
  EXPECT_GT(there, memory.fit(at(82, 60), kSettings)) << "another width";
  EXPECT_GT(there, memory.fit(at(82, 40, 140), kSettings)) << "another height";
}

TEST(BoxMemory, ForgivesMoreTheLongerItHasSeenNothing) {
  BoxMemory soon = walked(40);
  soon.predict(kSettings, kStep);
  BoxMemory late = soon;
  for (int frame = 0; frame < 50; ++frame) late.predict(kSettings, kStep);
  EXPECT_GT(late.fit(at(182 + 40), kSettings), soon.fit(at(82 + 40), kSettings));
  EXPECT_LT(late.fit(at(182), kSettings), soon.fit(at(82), kSettings)) << "and is less sure";
}

TEST(BoxMemory, AfterALongWhileItIsWhereItsLongTermVelocityLeads) {
  BoxMemory memory = walked(60);
  for (int frame = 0; frame < 50; ++frame) memory.predict(kSettings, kStep);
  EXPECT_NEAR(memory.box().centre_x(), 220, 10);
}

TEST(BoxMemory, LearnsLessFromADoubtfulBox) {
  BoxMemory sure = walked(40), doubtful = walked(40);
  sure.predict(kSettings, kStep);
  doubtful.predict(kSettings, kStep);
  sure.correct(at(92), 1, kSettings);
  doubtful.correct(at(92), 10, kSettings);
  EXPECT_GT(sure.box().centre_x(), doubtful.box().centre_x() + 1);
}

TEST(BoxMemory, TellsOnceASecondHowFarItStrayed) {
  BoxMemory steady = walked(40);
  EXPECT_FALSE(steady.strayed(1.6)) << "nothing to compare with";
  for (int frame = 41; frame <= 66; ++frame) {
    steady.predict(kSettings, kStep);
    steady.correct(at(2.0 * frame), 1, kSettings);
    if (frame < 65) {
      EXPECT_FALSE(steady.strayed(0.04 * frame)) << frame;
    }
  }
  const auto drift = steady.strayed(2.64);
  ASSERT_TRUE(drift);
  EXPECT_LT(drift->x, 0.05);
  BoxMemory turning = walked(40);
  turning.strayed(1.6);
  for (int frame = 41; frame <= 66; ++frame) {
    turning.predict(kSettings, kStep);
    turning.correct(at(160 - 2.0 * frame), 1, kSettings);
  }
  EXPECT_GT(turning.strayed(2.64)->x, 1) << "100 pixels of 63, in a second";
}

}  // namespace
}  // namespace heddle::pipeline
