// What the video path's stages share between lanes and frames, on plain threads: the thread
// sanitizer judges it here.

#include "pipeline/associations/box_attention_stage.h"
#include "pipeline/detectors/given_boxes.h"
#include "tests/unit/pipeline/graph/on_threads.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

constexpr int kThreads = 4;
constexpr std::int64_t kFrames = 40;

std::vector<io::MotRow> walkers() {
  std::vector<io::MotRow> rows;
  for (std::int64_t frame = 1; frame <= kFrames; ++frame) {
    for (const double row : {50.0, 250.0}) {
      const double x = 20 + 3 * static_cast<double>(frame);
      rows.push_back({.frame = frame, .x = x, .y = row, .width = 30, .height = 80});
    }
  }
  return rows;
}

std::unique_ptr<Item> frame_of(std::int64_t number, int lane) {
  auto item = item_of(number, lane);
  io::Frame& frame = item->frame.emplace();
  frame.number = number;
  frame.seconds = static_cast<double>(number) / 25;
  frame.width = 640;
  frame.height = 480;
  return item;
}

TEST(VideoOnThreads, EveryFrameHasItsGivenBoxes) {
  GivenBoxesStage boxes(walkers(), "det.txt");
  on_threads(kThreads, [&](int thread) {
    for (std::int64_t number = thread; number < kFrames - 1; number += kThreads) {
      const auto item = frame_of(number, 0);
      boxes.process(*item);
      EXPECT_EQ(item->detections.size(), 2u);
    }
  });
  EXPECT_EQ(boxes.boxes_from(kFrames - 1), 2) << "of the last frame";
}

TEST(VideoOnThreads, LanesThatBeginAtOnceKeepTheirOwnIdentities) {
  GivenBoxesStage boxes(walkers(), "det.txt");
  BoxAttentionStage association(std::nullopt);
  on_threads(kThreads, [&](int lane) {
    for (std::int64_t number = 0; number < kFrames; ++number) {
      const auto item = frame_of(number, lane);
      boxes.process(*item);
      association.process(*item);
      ASSERT_EQ(item->records.size(), 2u) << lane << " " << number;
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(std::get<io::Track>(item->records[i]).id, static_cast<std::int64_t>(i) + 1);
      }
    }
  });
}

}  // namespace
}  // namespace heddle::pipeline
