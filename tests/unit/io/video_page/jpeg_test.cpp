#include "io/formats/video_page/jpeg.h"

#include "io/source.h"
#include "records.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

TEST(Jpeg, ReadsBackWithItsColours) {
  Picture picture{32, 16, {}};
  for (int i = 0; i < 32 * 16; ++i) picture.bgr.insert(picture.bgr.end(), {200, 100, 50});
  const std::string bytes = jpeg_of(picture);
  EXPECT_EQ(jpeg_of(picture), bytes);
  const ScratchFolder folder;
  const auto source = open_source(folder.write("one.jpg", bytes));
  const Frame frame = std::get<Frame>(source->next().value());
  EXPECT_EQ(frame.width, 32);
  EXPECT_EQ(frame.height, 16);
  EXPECT_NEAR(frame.bgr[0], 200, 4);
  EXPECT_NEAR(frame.bgr[1], 100, 4);
  EXPECT_NEAR(frame.bgr[2], 50, 4);
}

TEST(CutOut, IsCutAtTheEdgeAndMadeSmaller) {
  const Frame frame = frame_at(0);
  const Picture whole = cut_out(frame.bgr, 64, 48, {-5, -5, 500, 500}, 32);
  EXPECT_EQ(whole.width, 32);
  EXPECT_EQ(whole.height, 24);
  const Picture part = cut_out(frame.bgr, 64, 48, {60, 40, 20, 20}, 32);
  EXPECT_EQ(part.width, 4);
  EXPECT_EQ(part.height, 8);
}

TEST(CutOut, OfNothingIsEmpty) {
  const Frame frame = frame_at(0);
  EXPECT_TRUE(cut_out(frame.bgr, 64, 48, {100, 10, 20, 20}, 32).empty());
  EXPECT_TRUE(cut_out(frame.bgr, 64, 48, {0, 0, std::nan(""), 20}, 32).empty());
  EXPECT_TRUE(cut_out({}, 64, 48, {0, 0, 20, 20}, 32).empty()) << "a frame without pixels";
}

}  // namespace
}  // namespace heddle::io
