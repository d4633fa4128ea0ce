// A real clip with ground truth: a static camera over a road, four cars, two at once, exposure
// jumps. The data is not part of the project; the test says so where it is missing.

#include "attention/backend/backend.h"
#include "io/formats/mot_rows.h"
#include "io/source.h"
#include "pipeline/associations/attention_stage.h"
#include "pipeline/detectors/motion_stage.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/threads.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace heddle::pipeline {
namespace {

namespace fs = std::filesystem;

fs::path clip_folder() {
  const char* set = std::getenv("HEDDLE_SHARED");
  const fs::path shared = set != nullptr ? fs::path(set) : fs::path(HEDDLE_ROOT) / ".." / "shared";
  return shared / "data" / "video" / "mot" / "car-detection";
}

std::vector<LabelledBox> read_truth(const fs::path& file) {
  std::vector<LabelledBox> boxes;
  for (const io::MotRow& row : io::read_mot(file.string())) {
    boxes.push_back({row.frame - 1, row.id, {row.x, row.y, row.width, row.height}});
  }
  return boxes;
}

std::vector<LabelledBox> track(const fs::path& video) {
  const ThreadBudget budget(2);
  const auto source = io::open_source(video.string());
  MotionStage motion;
  AssociationStage associate(
      {},
      attention::Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                             attention::backend()));
  std::vector<LabelledBox> said;
  while (std::optional<io::Sample> sample = source->next()) {
    Item item;
    item.frame = std::move(std::get<io::Frame>(*sample));
    motion.process(item);
    associate.process(item);
    for (const io::Record& record : item.records) {
      const auto& seen = std::get<io::Track>(record);
      const bool visible =
          seen.state != io::Track::State::kLost && seen.state != io::Track::State::kEnded;
      if (visible) said.push_back({seen.frame, seen.id, {seen.x, seen.y, seen.width, seen.height}});
    }
  }
  return said;
}

TEST(CarDetection, ReachesTheFloorOnRealCars) {
  const fs::path folder = clip_folder();
  if (!fs::exists(folder / "video.mp4")) GTEST_SKIP() << folder << " is not here";
  const TrackingScore score =
      score_tracking(read_truth(folder / "gt" / "gt.txt"), track(folder / "video.mp4"));
  std::printf(
      "car-detection: MOTA %.3f, IDF1 %.3f, %lld switches, %lld misses, %lld false positives\n",
      score.clear.mota(),
      score.identity.f1(),
      static_cast<long long>(score.clear.switches),
      static_cast<long long>(score.clear.misses()),
      static_cast<long long>(score.clear.false_positives()));
  // A small step under what README.md tells, MOTA 0.844 without a switch: decoders differ in last
  // bits.
  EXPECT_GE(score.clear.mota(), 0.83);
  EXPECT_EQ(score.clear.switches, 0);
}

}  // namespace
}  // namespace heddle::pipeline
