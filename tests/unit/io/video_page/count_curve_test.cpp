#include "io/formats/video_page/count_curve.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

TEST(CountCurve, HasTheMeanAndTheMostOfEachBin) {
  CountCurve curve;
  curve.add(0.0, 2);
  curve.add(0.1, 4);
  curve.add(0.3, 1);
  ASSERT_EQ(curve.bins().size(), 2u);
  EXPECT_DOUBLE_EQ(curve.bins()[0].mean(), 3);
  EXPECT_EQ(curve.bins()[0].most, 4);
  EXPECT_DOUBLE_EQ(curve.bins()[1].mean(), 1);
}

TEST(CountCurve, StaysSmallOverAWeekAndLosesNoFrame) {
  CountCurve curve;
  constexpr int kMinutes = 7 * 24 * 60;
  for (int minute = 0; minute < kMinutes; ++minute) curve.add(60.0 * minute, minute % 3);
  EXPECT_LE(curve.bins().size(), CountCurve::kMostBins);
  EXPECT_GE(curve.bins().size(), CountCurve::kMostBins / 2);
  std::int64_t frames = 0, objects = 0;
  for (const CountCurve::Bin& bin : curve.bins()) {
    frames += bin.frames;
    objects += bin.objects;
    EXPECT_EQ(bin.most, 2);
  }
  EXPECT_EQ(frames, kMinutes);
  EXPECT_EQ(objects, kMinutes);  // 0, 1 and 2 in turn
}

}  // namespace
}  // namespace heddle::io
