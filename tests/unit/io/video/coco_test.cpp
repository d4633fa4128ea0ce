#include "clips.h"
#include "io/sink.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace heddle::io {
namespace {

using Json = nlohmann::json;
using State = Track::State;

Track track(std::int64_t frame, std::int64_t id, State state, const std::string& label) {
  return {.frame = frame,
          .seconds = 0.1 * static_cast<double>(frame),
          .id = id,
          .x = 10.004,
          .y = -3.5,
          .width = 20,
          .height = 40.25,
          .score = 0.87654,
          .state = state,
          .label = label};
}

Frame frame(std::int64_t number) {
  Frame made;
  made.number = number;
  made.width = 64;
  made.height = 48;
  made.seconds = 0.1 * static_cast<double>(number);
  return made;
}

class CocoSink : public testing::Test {
 protected:
  CocoSink() {
    options_.input.name = "some/where/clip.mp4";
    options_.program = "heddle 0.1.0";
    sink_ = open_sink("coco", folder_ / "out.json", options_);
  }
  Json closed() {
    sink_->close();
    return Json::parse(bytes_of(folder_ / "out.json"));
  }

  const TemporaryFolder folder_;
  SinkOptions options_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(CocoSink, GivesEveryFrameAnImageAndEverySeenObjectAnAnnotation) {
  sink_->write(frame(0), {});
  sink_->write(frame(1),
               std::vector<Record>{track(1, 7, State::kNew, "car"), track(1, 8, State::kLost, "")});
  const Json json = closed();
  ASSERT_EQ(json["images"].size(), 2u);
  EXPECT_EQ(json["images"][1],
            Json::parse(R"({"id":2,"file_name":"clip/000002.jpg","width":64,"height":48,
                            "video_id":1,"frame_id":1,"seconds":0.1})"));
  ASSERT_EQ(json["annotations"].size(), 1u) << "lost objects are not in the picture";
  EXPECT_EQ(json["annotations"][0],
            Json::parse(R"({"id":1,"image_id":2,"category_id":1,"bbox":[10.0,-3.5,20.0,40.25],
                            "area":805.0,"segmentation":[],"iscrowd":0,"score":0.8765,
                            "track_id":7,"state":"new"})"));
  EXPECT_EQ(json["videos"][0]["name"], "clip.mp4");
  EXPECT_EQ(json["info"]["complete"], true);
}

TEST_F(CocoSink, NumbersCategoriesAsTheyAreMet) {
  sink_->write(frame(0),
               std::vector<Record>{track(0, 1, State::kNew, "person"),
                                   track(0, 2, State::kNew, ""),
                                   track(0, 3, State::kNew, "person")});
  const Json json = closed();
  EXPECT_EQ(json["categories"],
            Json::parse(R"([{"id":1,"name":"person"},{"id":2,"name":"object"}])"));
  EXPECT_EQ(json["annotations"][2]["category_id"], 1);
}

TEST_F(CocoSink, KeepsTheLinksWholeBeyondWhatMemoryHolds) {
  constexpr int kFrames = 12000;  // images of more than a megabyte wait in a file
  for (int i = 0; i < kFrames; ++i) {
    sink_->write(frame(i), std::vector<Record>{track(i, 1, State::kTracked, "")});
  }
  const Json json = closed();
  std::set<int> images;
  for (const Json& image : json["images"]) images.insert(image["id"].get<int>());
  EXPECT_EQ(images.size(), std::size_t{kFrames});
  for (const Json& one : json["annotations"]) {
    ASSERT_TRUE(images.contains(one["image_id"].get<int>()));
  }
}

TEST_F(CocoSink, IsWholeJsonThatSaysSoWhereTheRunIsNot) {
  sink_->write(frame(0), std::vector<Record>{track(0, 1, State::kNew, "\xff")});
  sink_->close_partial();
  const Json json = Json::parse(bytes_of(folder_ / "out.json.partial"));
  EXPECT_EQ(json["info"]["complete"], false);
  EXPECT_EQ(json["annotations"].size(), 1u);
}

TEST_F(CocoSink, OfAnEmptyRunHasEmptyLists) {
  const Json json = closed();
  EXPECT_TRUE(json["images"].empty());
  EXPECT_TRUE(json["annotations"].is_array());
}

}  // namespace
}  // namespace heddle::io
