#include "pipeline/detectors/given_boxes.h"

#include "pipeline/associations/attention.h"

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
      {.frame = 2, .x = 11, .y = 1, .width = 4, .height = 6, .confidence = 37},
      {.frame = 1, .x = 5, .y = 5, .width = 4, .height = 6, .confidence = 0.5}};
  GivenBoxesStage stage(rows);
  Item item = frame_item(1);
  stage.process(item);
  const std::vector<Detection>& boxes = item.detections;
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_EQ(boxes[0].box.x, 10);
  EXPECT_EQ(boxes[0].box.y, 0);
  EXPECT_EQ(boxes[0].score, 1);
}

TEST(GivenBoxes, ReachTheAssociationToTheLastDigit) {
  const std::vector<io::MotRow> rows{
      {.frame = 1, .x = 1234.56, .y = 8, .width = 4.1, .height = 6, .confidence = 0.6}};
  GivenBoxesStage stage(rows);
  Item item = frame_item(0);
  stage.process(item);
  ASSERT_EQ(item.detections.size(), 1u);
  EXPECT_EQ(item.detections[0].box.x, 1233.56);
  EXPECT_EQ(item.detections[0].box.width, 4.1);
  EXPECT_EQ(item.detections[0].score, 0.6);
}

TEST(GivenBoxes, CountWhatCannotBeUsed) {
  const std::vector<io::MotRow> rows{{.frame = 1, .width = 4, .height = 0},
                                     {.frame = 1, .width = 4, .height = 4},
                                     {.frame = 9, .width = 4, .height = 4}};
  GivenBoxesStage stage(rows);
  for (std::int64_t number = 0; number < 3; ++number) {
    Item item = frame_item(number);
    stage.process(item);
  }
  EXPECT_EQ(stage.empty_boxes(), 1);
  EXPECT_EQ(stage.unused_boxes(), 1);
}

/// Two objects, one half in front of the other, neither of which moves.
std::set<std::int64_t> identities(bool blobs, double travel) {
  AttentionAssociation association({.memory = false, .blobs = blobs, .confirm_travel = travel},
                                   nullptr);
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
  return seen;
}

TEST(GivenBoxes, AnObjectInFrontOfAnotherIsNoPieceOfIt) {
  EXPECT_EQ(identities(false, 0).size(), 2u);
  EXPECT_EQ(identities(true, 0).size(), 1u) << "a motion proposal would be";
}

TEST(GivenBoxes, ObjectsNeedNotMove) { EXPECT_EQ(identities(false, 0.3).size(), 0u); }

}  // namespace
}  // namespace heddle::pipeline
