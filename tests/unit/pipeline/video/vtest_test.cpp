// A hundred frames of a real clip, annotated by hand: nine people, a sign that two of them stand
// and walk behind, four crossings. The clip is not part of the project; the test says so where it
// is missing.

#include "attention/backend/backend.h"
#include "io/formats/mot_rows.h"
#include "io/source.h"
#include "pipeline/associations/box_attention_stage.h"
#include "pipeline/metrics/mot_rules.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/threads.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace heddle::pipeline {
namespace {

namespace fs = std::filesystem;

fs::path clip() {
  const char* set = std::getenv("HEDDLE_VTEST");
  if (set != nullptr) return set;
  const fs::path fetched = fs::path(HEDDLE_ROOT) / "cache" / "vtest.avi";  // by `make demo`
  if (fs::exists(fetched)) return fetched;
  return "/usr/share/doc/opencv-doc/examples/data/vtest.avi";
}

/// `truth` as a simulated detector finds it, followed in the frames.
std::vector<io::MotRow> followed(const std::vector<io::MotRow>& truth) {
  constexpr std::int64_t kLast = 211;
  const std::vector<io::MotRow> rows = simulate_detector(truth, {});
  const auto source = io::open_source(clip().string());
  BoxAttentionStage associate(attention::Model::load(
      HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors", attention::backend()));
  std::vector<io::MotRow> said;
  for (std::int64_t number = 0; number < kLast; ++number) {
    Item item;
    item.frame = std::get<io::Frame>(source->next().value());
    for (const io::MotRow& row : rows) {
      if (row.frame != number + 1) continue;
      item.detections.push_back({{row.x - 1, row.y - 1, row.width, row.height}, row.confidence});
    }
    associate.process(item);
    for (const io::Record& record : item.records) {
      const auto& track = std::get<io::Track>(record);
      const auto state = track.state;
      if (state == io::Track::State::kLost || state == io::Track::State::kEnded) continue;
      io::MotRow row{.frame = number + 1, .id = track.id};
      row.x = track.x + 1;
      row.y = track.y + 1;
      row.width = track.width;
      row.height = track.height;
      said.push_back(row);
    }
  }
  return said;
}

TEST(Vtest, PeopleWhoCrossKeepTheirIdentities) {
  if (!fs::exists(clip())) {
    GTEST_SKIP() << clip()
                 << " is not here; `make demo` puts it into cache/, Debian's opencv-doc "
                    "holds it, or name it with HEDDLE_VTEST";
  }
  const ThreadBudget budget(2);
  const std::vector<io::MotRow> truth = io::read_mot(HEDDLE_ROOT "/tests/data/video/vtest/gt.txt");
  const PreparedTracks prepared = prepare_mot(truth, followed(truth), MotRules::kAuto);
  const TrackingScore score = score_tracking(prepared.truth, prepared.said);
  EXPECT_GE(score.hota.mean().hota, 0.80);
  EXPECT_LE(score.clear.switches, 1);
}

}  // namespace
}  // namespace heddle::pipeline
