#include "app/serve/streams/depth.h"

#include <gtest/gtest.h>

namespace heddle::app::serve {
namespace {

TEST(Depth, IsHalvedWhereFramesAreLateButNeverNothing) {
  Depth depth(6);
  for (int i = 0; i < 4; ++i) depth.look({.latency_ms = 20, .work_ms = 5, .dropped = true});
  ASSERT_EQ(depth.now(), 6);
  EXPECT_EQ(depth.look({.latency_ms = 3000, .work_ms = 5, .dropped = true}), 3);
  EXPECT_EQ(depth.look({.latency_ms = 1500, .work_ms = 5, .dropped = true}), 1);
  EXPECT_EQ(depth.look({.latency_ms = 600, .work_ms = 5, .dropped = true}), 1);
}

TEST(Depth, GrowsOnlyWhereFramesAreDroppedInTime) {
  Depth depth(3);
  const int first = depth.now();
  EXPECT_EQ(depth.look({.latency_ms = 20, .work_ms = 5, .dropped = false}), first);
  EXPECT_EQ(depth.look({.latency_ms = 200, .work_ms = 5, .dropped = true}), first);
  EXPECT_EQ(depth.look({.latency_ms = -1, .work_ms = 0, .dropped = true}), first);
  for (int i = 0; i < 9; ++i) depth.look({.latency_ms = 20, .work_ms = 5, .dropped = true});
  EXPECT_EQ(depth.now(), 3);
}

TEST(Depth, TakesFramesThatNeedLongNotForLate) {
  Depth depth(6);
  const int first = depth.now();
  EXPECT_EQ(depth.look({.latency_ms = 900, .work_ms = 300, .dropped = true}), first);
  EXPECT_EQ(depth.look({.latency_ms = 400, .work_ms = 300, .dropped = true}), first + 1);
}

TEST(Depth, OfOneStaysOne) {
  Depth depth(1);
  EXPECT_EQ(depth.now(), 1);
  EXPECT_EQ(depth.look({.latency_ms = 10, .work_ms = 5, .dropped = true}), 1);
}

}  // namespace
}  // namespace heddle::app::serve
