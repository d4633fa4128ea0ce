#include "pipeline/detectors/given_boxes.h"

#include "io/error.h"
#include "pipeline/associations/box_attention.h"

#include <gtest/gtest.h>

#include <set>

namespace heddle::pipeline {
namespace {

Item frame_item(std::int64_t number) {
  Item item;
  item.frame.emplace().number = number;
  return item;
}

TEST(GivenBoxes, AreThoseOfTheFrameInOurCoordinates) {
  const std::vector<io::MotRow> rows{
      {.frame = 2, .x = 11, .y = 1, .width = 4, .height = 6, .confidence = 0.37},
      {.frame = 1, .x = 5, .y = 5, .width = 4, .height = 6, .confidence = 0.5}};
  GivenBoxesStage stage(rows, "det.txt");
  Item item = frame_item(1);
  stage.process(item);
  const std::vector<Detection>& boxes = item.detections;
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_EQ(boxes[0].box.x, 10);
  EXPECT_EQ(boxes[0].box.y, 0);
  EXPECT_EQ(boxes[0].score, 0.37);
}

TEST(GivenBoxes, ReachTheAssociationToTheLastDigit) {
  const std::vector<io::MotRow> rows{
      {.frame = 1, .x = 1234.56, .y = 8, .width = 4.1, .height = 6, .confidence = 0.6}};
  GivenBoxesStage stage(rows, "det.txt");
  Item item = frame_item(0);
  stage.process(item);
  ASSERT_EQ(item.detections.size(), 1u);
  EXPECT_EQ(item.detections[0].box.x, 1233.56);
  EXPECT_EQ(item.detections[0].box.width, 4.1);
  EXPECT_EQ(item.detections[0].score, 0.6);
}

/// Scores of boxes, one a frame, whose file has these confidences.
std::vector<double> scores_of(const std::vector<double>& confidences) {
  std::vector<io::MotRow> rows;
  for (const double confidence : confidences) {
    rows.push_back({.frame = static_cast<std::int64_t>(rows.size()) + 1,
                    .width = 4,
                    .height = 4,
                    .confidence = confidence});
  }
  GivenBoxesStage stage(rows, "det.txt");
  std::vector<double> scores;
  for (std::size_t number = 0; number < rows.size(); ++number) {
    Item item = frame_item(static_cast<std::int64_t>(number));
    stage.process(item);
    for (const Detection& box : item.detections) scores.push_back(box.score);
  }
  return scores;
}

TEST(GivenBoxes, CountInFullWhereNoConfidenceIsTold) {
  EXPECT_EQ(scores_of({-1, -1}), (std::vector<double>{1, 1}));
}

TEST(GivenBoxes, MayHaveTheirConfidencesInPerCent) {
  EXPECT_EQ(scores_of({50, 0, 1, 75}), (std::vector<double>{0.5, 0, 0.01, 0.75}));
  EXPECT_EQ(scores_of({0.5, 0, 1}), (std::vector<double>{0.5, 0, 1}));
}

TEST(GivenBoxes, OfAnUnknownScaleAreRefusedWithTheRemedy) {
  for (const std::vector<double>& confidences :
       {std::vector<double>{-0.4, 2.9}, {0.2, 3}, {-1, 0.9}, {20, 5000}}) {
    try {
      scores_of(confidences);
      ADD_FAILURE() << confidences[0] << " to " << confidences[1];
    } catch (const io::InputError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("det.txt: confidences from"), std::string::npos) << message;
      EXPECT_NE(message.find("scale column 7"), std::string::npos) << message;
    }
  }
}

TEST(GivenBoxes, OfAnUnknownScaleCountInFullWhereNothingNeedsTheirConfidence) {
  const std::vector<io::MotRow> rows{{.frame = 1, .width = 4, .height = 4, .confidence = -0.7},
                                     {.frame = 1, .width = 4, .height = 4, .confidence = 3.2}};
  GivenBoxesStage stage(rows, "det.txt", false);
  Item item;
  item.frame.emplace();
  stage.process(item);
  ASSERT_EQ(item.detections.size(), 2U);
  EXPECT_EQ(item.detections[0].score, 1);
  EXPECT_EQ(item.detections[1].score, 1);
}

TEST(GivenBoxes, CountWhatCannotBeUsed) {
  const std::vector<io::MotRow> rows{{.frame = 1, .width = 4, .height = 0},
                                     {.frame = 1, .width = 4, .height = 4},
                                     {.frame = 9, .width = 4, .height = 4}};
  GivenBoxesStage stage(rows, "det.txt");
  EXPECT_EQ(stage.empty_boxes(), 1);
  EXPECT_EQ(stage.boxes(), 2);
  EXPECT_EQ(stage.boxes_from(0), 2);
  EXPECT_EQ(stage.boxes_from(8), 1);
  EXPECT_EQ(stage.boxes_from(9), 0);
}

TEST(GivenBoxes, OfThingsThatStandOneBeforeTheOtherAreTwoObjects) {
  BoxAttention association;
  std::set<std::int64_t> seen;
  for (std::int64_t number = 0; number < 20; ++number) {
    io::Frame frame;
    frame.number = number;
    frame.seconds = 0.1 * static_cast<double>(number);
    frame.width = frame.height = 200;
    std::vector<Detection> boxes{{{50, 50, 40, 80}, 0.9}};
    if (number > 5) boxes.push_back({{60, 60, 26, 60}, 0.9});
    for (const io::Track& track : association.update(frame, boxes)) seen.insert(track.id);
  }
  EXPECT_EQ(seen.size(), 2u);
}

}  // namespace
}  // namespace heddle::pipeline
