#include "io/formats/kitti_rows.h"

#include "io/error.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::io {
namespace {

TEST(KittiRows, BecomeRowsThatCountFromOne) {
  const ScratchFolder folder;
  const auto rows =
      read_tracks(folder.write("0000.txt",
                               "0 -1 DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1 -1 -1 -1\n"
                               "0 2 Pedestrian 0 1 -2.5 10.5 20 30.5 60 1.8 0.5 0.9 1 2 3 0.1\n"
                               "\n"
                               "7 3 Car 0 3 -2.5 0 0 8 9 1.8 0.5 0.9 1 2 3 0.1 0.75\n"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].frame, 1);
  EXPECT_EQ(rows[0].id, 2);
  EXPECT_DOUBLE_EQ(rows[0].x, 11.5);
  EXPECT_DOUBLE_EQ(rows[0].y, 21);
  EXPECT_DOUBLE_EQ(rows[0].width, 20);
  EXPECT_DOUBLE_EQ(rows[0].height, 40);
  EXPECT_DOUBLE_EQ(rows[0].visibility, 0.6);
  EXPECT_EQ(rows[1].frame, 8);
  EXPECT_EQ(rows[1].visibility, -1);
}

TEST(KittiRows, MotTextIsReadAsSuch) {
  const ScratchFolder folder;
  const auto rows = read_tracks(folder.write("gt.txt", "1,2,10,20,30,40\n"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_DOUBLE_EQ(rows[0].x, 10);
  EXPECT_TRUE(read_tracks(folder.write("empty.txt", "")).empty());
}

TEST(KittiRows, ARowThatIsNoneIsAnErrorThatNamesItsLine) {
  const ScratchFolder folder;
  for (const char* line : {"1 2 Car 0 0 0 1 2 3",
                           "-1 2 Car 0 0 0 1 2 3 4",
                           "1 2 Car 0 0 0 5 2 3 4",
                           "1 2 Car 0 0 0 1 2 3 1e300",
                           "1 two Car 0 0 0 1 2 3 4"}) {
    const std::string file =
        folder.write("x.txt", std::string("0 1 Car 0 0 0 1 2 3 4\n") + line + "\n");
    EXPECT_THAT([&] { read_tracks(file); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr("line 2")))
        << line;
  }
}

}  // namespace
}  // namespace heddle::io
