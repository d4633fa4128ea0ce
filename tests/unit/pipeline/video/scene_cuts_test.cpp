#include "pipeline/scene_cuts.h"

#include "pipeline/associations/attention_stage.h"
#include "pipeline/occlusion_suite/texture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace heddle::pipeline {
namespace {

/// The camera looks at (left, top) of a scene, in shares of the picture.
io::Frame view_of(const Texture& scene, double left = 0, double gain = 1, int width = 160) {
  io::Frame frame;
  frame.width = width;
  frame.height = 120;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const auto colour = scene.at(left + x / 80.0 - 1, y / 60.0 - 1);
      for (const float value : colour) {
        frame.bgr.push_back(static_cast<std::uint8_t>(std::clamp(value * gain, 0.0, 255.0)));
      }
    }
  }
  return frame;
}

TEST(SceneCuts, AreFoundBetweenAnyTwoScenes) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SceneCuts cuts;
    const Texture before = paint_texture(100 + seed), after = paint_texture(200 + seed);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(cuts.begins(view_of(before, 0.01 * i)));
    EXPECT_TRUE(cuts.begins(view_of(after))) << seed;
    EXPECT_FALSE(cuts.begins(view_of(after, 0.01))) << seed;
    EXPECT_EQ(cuts.count(), 1);
  }
}

TEST(SceneCuts, AreNotWhereTheCameraPansQuickly) {
  SceneCuts cuts;
  const Texture scene = paint_texture(3);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(cuts.begins(view_of(scene, 0.15 * i))) << i;
}

TEST(SceneCuts, AreNotWhereALampIsLit) {
  SceneCuts cuts;
  const Texture scene = paint_texture(4);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(cuts.begins(view_of(scene, 0, i % 2 == 0 ? 1 : 0.5))) << i;
  }
}

TEST(SceneCuts, AreWhereThePictureChangesItsSize) {
  SceneCuts cuts;
  const Texture scene = paint_texture(5);
  cuts.begins(view_of(scene));
  EXPECT_TRUE(cuts.begins(view_of(scene, 0, 1, 150)));
}

TEST(SceneCuts, SayNothingOfFramesWithoutPixels) {
  SceneCuts cuts;
  EXPECT_FALSE(cuts.begins(io::Frame{}));
}

TEST(AssociationStage, GivesNewIdentitiesAfterACut) {
  AssociationSettings settings;
  settings.memory = false;
  settings.confirm_travel = 0;
  AssociationStage stage(settings, std::nullopt);
  std::set<std::int64_t> ids[2], ended;
  const Texture scenes[] = {paint_texture(11), paint_texture(12)};
  for (int i = 0; i < 40; ++i) {
    const int scene = i / 20;
    Item item;
    item.frame = view_of(scenes[scene]);
    item.frame->number = i;
    item.frame->seconds = i / 25.0;
    Detection body;
    body.box = {40, 40, 20, 40};
    body.score = 0.9;
    item.detections.push_back(body);
    stage.process(item);
    for (const io::Record& record : item.records) {
      const auto& track = std::get<io::Track>(record);
      const bool over = track.state == io::Track::State::kEnded;
      (over ? ended : ids[scene]).insert(track.id);
    }
  }
  EXPECT_EQ(stage.cuts(), 1);
  EXPECT_EQ(ids[0], (std::set<std::int64_t>{1}));
  EXPECT_EQ(ids[1], (std::set<std::int64_t>{2}));
  EXPECT_EQ(ended, (std::set<std::int64_t>{1}));
  EXPECT_EQ(stage.identities(), 2);
}

}  // namespace
}  // namespace heddle::pipeline
