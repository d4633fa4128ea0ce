// The ablation that the tracker's memory is for: the drawn clip of scripted_clip.h, with and
// without memory.

#include "tests/unit/pipeline/video/scripted_clip.h"

#include "attention/backend/backend.h"
#include "pipeline/associations/attention_stage.h"
#include "pipeline/detectors/motion_stage.h"

#include <gtest/gtest.h>

#include <map>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

constexpr std::int64_t kBefore = 78;  // every sprite is wholly in view on the left
constexpr std::int64_t kAfter = 165;  // and on the right

attention::Model tracking_model() {
  return attention::Model::load(
      HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors", attention::backend());
}

Item item_of(io::Frame frame) {
  Item item;
  item.number = frame.number;
  item.frame = std::move(frame);
  return item;
}

/// Which sprite each id lies on, by IoU 0.5; lost and ended objects lie on none.
std::map<std::int64_t, int> sprites_of(const Item& item, const ScriptedClip& clip) {
  std::map<std::int64_t, int> found;
  for (const io::Record& record : item.records) {
    const auto& track = std::get<io::Track>(record);
    if (track.state == State::kLost || track.state == State::kEnded) continue;
    for (int which = 0; which < ScriptedClip::kSprites; ++which) {
      const Box box{track.x, track.y, track.width, track.height};
      if (iou(box, clip.sprite(which, item.number)) >= 0.5) found[track.id] = which;
    }
  }
  return found;
}

/// Runs the stages over the clip; the identities before and after the bar.
std::pair<std::map<std::int64_t, int>, std::map<std::int64_t, int>> run(
    const std::vector<Stage*>& stages) {
  const ScriptedClip clip;
  std::map<std::int64_t, int> before, after;
  for (std::int64_t n = 0; n <= kAfter; ++n) {
    Item item = item_of(clip.frame(n));
    for (Stage* stage : stages) stage->process(item);
    if (n == kBefore) before = sprites_of(item, clip);
    if (n == kAfter) after = sprites_of(item, clip);
  }
  return {before, after};
}

TEST(ScriptedClip, HidesEverySpriteForTwentyFiveFramesAndExchangesTheirRows) {
  const ScriptedClip clip;
  for (int which = 0; which < ScriptedClip::kSprites; ++which) {
    int hidden = 0;
    for (std::int64_t n = kBefore; n < kAfter; ++n) hidden += clip.visible(which, n) <= 0 ? 1 : 0;
    EXPECT_EQ(hidden, ScriptedClip::kHiddenFrames + 1);
    EXPECT_DOUBLE_EQ(clip.visible(which, kBefore), 1);
    EXPECT_DOUBLE_EQ(clip.visible(which, kAfter), 1);
    EXPECT_NE(clip.sprite(which, kBefore).y, clip.sprite(which, kAfter).y);
  }
}

TEST(ScriptedClip, MemoryKeepsAllThreeIdentitiesOfMovingThings) {
  MotionStage motion;
  AssociationStage associate({}, tracking_model());
  const auto [before, after] = run({&motion, &associate});
  EXPECT_EQ(before.size(), 3U);
  EXPECT_EQ(after, before);
}

TEST(ScriptedClip, WithoutMemoryTheIdentitiesOfMovingThingsAreLost) {
  AssociationSettings settings;
  settings.memory = false;
  MotionStage motion;
  AssociationStage associate(settings, std::nullopt);
  const auto [before, after] = run({&motion, &associate});
  EXPECT_EQ(before.size(), 3U);
  for (const auto& [id, which] : before) {
    const auto later = after.find(id);
    EXPECT_TRUE(later == after.end() || later->second != which) << "id " << id;
  }
}

}  // namespace
}  // namespace heddle::pipeline
