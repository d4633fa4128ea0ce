#include "io/blank_frames.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

TEST(BlankFrames, GivesNumbersTimesAndSizesWithoutPictures) {
  BlankFrames source(
      {.name = "det.txt", .frames = 3, .frames_per_second = 25, .width = 64, .height = 48});
  EXPECT_TRUE(source.info().video);
  for (int number = 0; number < 3; ++number) {
    const auto sample = source.next();
    ASSERT_TRUE(sample);
    const Frame& frame = std::get<Frame>(*sample);
    EXPECT_EQ(frame.number, number);
    EXPECT_DOUBLE_EQ(frame.seconds, number / 25.0);
    EXPECT_EQ(frame.width, 64);
    EXPECT_TRUE(frame.bgr.empty());
  }
  EXPECT_FALSE(source.next());
  EXPECT_EQ(source.position(), source.info().total);
}

}  // namespace
}  // namespace heddle::io
