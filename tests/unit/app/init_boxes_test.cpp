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

/// What a call says as a usage error; empty: nothing.
template <typename Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.code(), kUsage);
    return error.what();
  }
  return "";
}

const std::vector<std::string> kTexts = {"1,1,9,9", "1,1,9,9@60"};

TEST(InitBoxes, ABoxBehindTheLastFrameIsAUsageErrorThatNamesTheFrame) {
  const auto boxes = parse_boxes(kTexts);
  EXPECT_EQ(refusal([&] { refuse_late(boxes, kTexts, 60, "--frames 61"); }), "");
  EXPECT_EQ(refusal([&] { refuse_late(boxes, kTexts, 59, "--frames 60"); }),
            "--init 1,1,9,9@60 begins behind the last frame: --frames 60 ends with frame 59");
}

TEST(InitBoxes, ABoxBeforeThePartThatIsReadIsAUsageErrorUnlessItIsOver) {
  auto boxes = parse_boxes(kTexts);
  EXPECT_EQ(refusal([&] { refuse_early(boxes, kTexts, 60); }), "");
  EXPECT_EQ(refusal([&] { refuse_early(boxes, kTexts, 61); }),
            "--init 1,1,9,9@60 lies before the part that is read: --ss begins with frame 61");
  boxes[1].over = true;
  EXPECT_EQ(refusal([&] { refuse_early(boxes, kTexts, 61); }), "");
}

TEST(InitBoxes, ABoxThatNoFrameBeganIsAUsageErrorWithWhatWasRead) {
  EXPECT_EQ(refusal([&] { refuse_unseen({20, 39, {}}, kTexts, "match.mp4"); }), "");
  EXPECT_EQ(refusal([&] {
              refuse_unseen({20, 39, {1}}, kTexts, "match.mp4");
            }),
            "--init 1,1,9,9@60 begins behind the last frame: of match.mp4 frames 20 to 39 were "
            "read");
}

}  // namespace
}  // namespace heddle::app
