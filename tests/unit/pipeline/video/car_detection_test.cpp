// A real clip with ground truth: a static camera over a road, four cars, two at once, exposure
// jumps. The data is not part of the project; the test says so where it is missing.

#include "attention/backend/backend.h"
#include "io/source.h"
#include "pipeline/associations/attention_stage.h"
#include "pipeline/detectors/motion_stage.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/threads.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace heddle::pipeline {
namespace {

namespace fs = std::filesystem;

fs::path clip_folder() {
  const char* set = std::getenv("HEDDLE_SHARED");
  const fs::path shared = set != nullptr ? fs::path(set) : fs::path(HEDDLE_ROOT) / ".." / "shared";
  return shared / "data" / "video" / "mot" / "car-detection";
}

/// MOTChallenge text: frame (1-based), id, x, y, w, h, ...
std::vector<LabelledBox> read_truth(const fs::path& file) {
  std::vector<LabelledBox> boxes;
  std::ifstream in(file);
  char comma = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    LabelledBox box;
    fields >> box.frame >> comma >> box.id >> comma >> box.box.x >> comma >> box.box.y >> comma >>
        box.box.width >> comma >> box.box.height;
    --box.frame;
    boxes.push_back(box);
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
  EXPECT_GE(score.clear.mota(), 0.50);
  EXPECT_LE(score.clear.switches, 2);
}

}  // namespace
}  // namespace heddle::pipeline
