// What memory is for when one object is followed: it is hidden for 25 frames and found again, which
// the first frame alone does not achieve. The drawn clips of the occlusion suite.

#include "attention/backend/backend.h"
#include "pipeline/heads/tracks_stage.h"
#include "pipeline/occlusion_suite/score.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

SuiteScore followed(int index, MemoryUse memory) {
  const OcclusionClip clip(SuiteHalf::kTuning, index, painted_textures(SuiteHalf::kTuning));
  FollowSettings settings;
  settings.memory = memory;
  FollowStage stage(
      settings,
      {{clip.truth(0).box, 0}},
      attention::Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                             attention::backend()));
  std::vector<OcclusionClip::Truth> truth;
  std::vector<Said> said;
  for (int n = 0; n < OcclusionClip::kFrames; ++n) {
    Item item;
    item.number = n;
    item.frame = clip.draw(n);
    stage.process(item);
    truth.push_back(clip.truth(n));
    said.push_back({truth.back().box, false});
    for (const io::Record& record : item.records) {
      const auto& track = std::get<io::Track>(record);
      const bool seen =
          track.state != io::Track::State::kLost && track.state != io::Track::State::kEnded;
      said.back() = {{track.x, track.y, track.width, track.height}, seen};
    }
    if (item.records.empty()) said.back() = {{0, 0, 1, 1}, false};  // it ended
  }
  return score_clip(truth, said);
}

TEST(FollowedClip, MemoryFindsAGivenObjectAgainAndClaimsNothingMeanwhile) {
  const SuiteScore score = followed(6, MemoryUse::kAll);
  EXPECT_EQ(score.recovered, 1);
  EXPECT_GT(score.after.auc(), 0.6);
  EXPECT_LE(score.claimed, 5);
}

TEST(FollowedClip, ByTheFirstFrameAloneItIsNotFoundAgain) {
  const SuiteScore score = followed(6, MemoryUse::kFirstOnly);
  EXPECT_EQ(score.recovered, 0);
  EXPECT_LT(score.after.auc(), 0.2);
}

}  // namespace
}  // namespace heddle::pipeline
