#include "app/init_boxes.h"

#include "app/exit_codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heddle::app {
namespace {

using testing::HasSubstr;

FittedBoxes fit(const std::string& text) {
  io::SourceInfo info;
  info.width = 320;
  info.height = 240;
  return fit_boxes(parse_boxes({text}), {text}, info);
}

TEST(InitBoxes, ABoxInsideStaysAsItIsAndIsNotTalkedAbout) {
  const FittedBoxes fitted = fit("0,0,320,240@7");
  EXPECT_TRUE(fitted.notes.empty());
  EXPECT_EQ(fitted.boxes.at(0).frame, 7);
  EXPECT_EQ(fitted.boxes.at(0).box.width, 320);
}

TEST(InitBoxes, ABoxThatReachesOutIsCutToTheFrameWithANote) {
  const FittedBoxes fitted = fit("-10,200,50,80");
  EXPECT_EQ(fitted.boxes.at(0).box.x, 0);
  EXPECT_EQ(fitted.boxes.at(0).box.y, 200);
  EXPECT_EQ(fitted.boxes.at(0).box.width, 40);
  EXPECT_EQ(fitted.boxes.at(0).box.height, 40);
  ASSERT_EQ(fitted.notes.size(), 1u);
  EXPECT_THAT(fitted.notes[0], HasSubstr("-10,200,50,80 reaches out of the 320 x 240 frame"));
}

TEST(InitBoxes, ABoxOutsideIsAUsageError) {
  for (const char* text : {"320,0,10,10", "0,240,10,10", "-10,0,10,10", "0,-10,10,10"}) {
    EXPECT_THROW(fit(text), CommandError) << text;
  }
}

TEST(InitBoxes, ABoxThatBeginsBehindTheLastFrameIsAUsageErrorWithTheLength) {
  const std::vector<std::string> texts = {"1,1,9,9", "1,1,9,9@60"};
  const auto boxes = parse_boxes(texts);
  EXPECT_NO_THROW(refuse_late(boxes, texts, 61, "match.mp4"));
  try {
    refuse_late(boxes, texts, 60, "match.mp4");
    FAIL() << "no error";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.code(), kUsage);
    EXPECT_STREQ(
        error.what(),
        "--init 1,1,9,9@60 begins behind the last frame: match.mp4 has 60 frames, 0 to 59");
  }
}

}  // namespace
}  // namespace heddle::app
