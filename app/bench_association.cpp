#include "app/bench_association.h"

#include "pipeline/associations/box_association.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/simulation/draws.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace heddle::app {
namespace {

namespace bench = attention::bench;

constexpr int kWidth = 1920, kHeight = 1080, kFrames = 600;
constexpr double kRate = 30;
// 1 - IDF1; what crosses behind somebody else may come out under another name, more so without a
// long memory. Each rule a step above what was measured with 10 and 30 objects.
struct Tolerance {
  std::string_view association;
  double error;
};
constexpr Tolerance kTolerances[] = {
    {"attention", 0.1}, {"sort", 0.46}, {"byte", 0.18}, {"ocsort", 0.26}};

/// 0, which nothing reaches, for a rule that has no row here yet.
double tolerance_of(std::string_view association) {
  for (const Tolerance& one : kTolerances) {
    if (one.association == association) return one.error;
  }
  return 0;
}

struct Scene {
  std::vector<io::MotRow> truth;
  std::vector<std::vector<pipeline::Detection>> boxes;  // by frame
};

struct Walker {
  double x, y, width, height;  // pixels
  double across, down;         // pixels a frame

  void step() {
    x += across;
    y += down;
    if (x < 0 || x + width > kWidth) across = -across;
    if (y < 0 || y + height > kHeight) down = -down;
  }
};

Walker drawn_walker(pipeline::NoiseDraws& draws) {
  const double height = draws.uniform(90, 180), width = 0.4 * height;
  return {draws.uniform(0, kWidth - width),
          draws.uniform(0, kHeight - height),
          width,
          height,
          draws.uniform(-5, 5),
          draws.uniform(-2, 2)};
}

Scene scene_of(int objects) {
  pipeline::NoiseDraws draws(static_cast<std::uint64_t>(objects));
  std::vector<Walker> walkers;
  for (int i = 0; i < objects; ++i) walkers.push_back(drawn_walker(draws));
  Scene scene;
  for (int frame = 1; frame <= kFrames; ++frame) {
    for (int i = 0; i < objects; ++i) {
      Walker& walker = walkers[static_cast<std::size_t>(i)];
      io::MotRow row{.frame = frame, .id = i + 1};
      row.x = walker.x;
      row.y = walker.y;
      row.width = walker.width;
      row.height = walker.height;
      scene.truth.push_back(row);
      walker.step();
    }
  }
  scene.boxes.resize(kFrames);
  for (const io::MotRow& row : pipeline::simulate_detector(scene.truth, {})) {
    if (row.frame > kFrames) continue;
    scene.boxes[static_cast<std::size_t>(row.frame - 1)].push_back(
        {{row.x, row.y, row.width, row.height}, row.confidence});
  }
  return scene;
}

using Told = std::vector<std::vector<io::Track>>;  // by frame

Told follow(const std::string& association, const Scene& scene) {
  const auto one = pipeline::make_box_association(association);
  Told told;
  io::Frame frame;
  frame.width = kWidth;
  frame.height = kHeight;
  for (frame.number = 0; frame.number < kFrames; ++frame.number) {
    frame.seconds = static_cast<double>(frame.number) / kRate;
    told.push_back(one->update(frame, scene.boxes[static_cast<std::size_t>(frame.number)]));
  }
  return told;
}

/// What is told as seen.
std::vector<pipeline::LabelledBox> labelled(const Told& told) {
  std::vector<pipeline::LabelledBox> boxes;
  for (std::size_t frame = 0; frame < told.size(); ++frame) {
    for (const io::Track& track : told[frame]) {
      using State = io::Track::State;
      if (track.state == State::kLost || track.state == State::kEnded) continue;
      boxes.push_back({static_cast<std::int64_t>(frame) + 1,
                       track.id,
                       {track.x, track.y, track.width, track.height}});
    }
  }
  return boxes;
}

bool same(const std::vector<pipeline::LabelledBox>& a,
          const std::vector<pipeline::LabelledBox>& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return one.frame == other.frame && one.id == other.id && one.box.x == other.box.x &&
           one.box.y == other.box.y && one.box.width == other.box.width &&
           one.box.height == other.box.height;
  });
}

bench::Measurement measure(const std::string& association, int objects) {
  const Scene scene = scene_of(objects);
  Told told;
  bench::Measurement made;
  made.best = bench::time_of([&] { told = follow(association, scene); });
  made.items = kFrames;
  made.unit = "frames";
  std::vector<pipeline::LabelledBox> truth;
  for (const io::MotRow& row : scene.truth) {
    truth.push_back({row.frame, row.id, {row.x, row.y, row.width, row.height}});
  }
  const auto said = labelled(told);
  const bool repeats = same(said, labelled(follow(association, scene)));
  made.error = repeats ? 1 - pipeline::score_tracking(truth, said).identity.f1() : 1;
  made.tolerance = tolerance_of(association);
  return made;
}

}  // namespace

std::vector<bench::Case> association_cases() {
  std::vector<bench::Case> cases;
  for (const int objects : {10, 30}) {
    for (const std::string_view name : pipeline::box_associations()) {
      const std::string association(name);
      cases.push_back({"association " + association + " of " + std::to_string(objects) + " objects",
                       [association, objects] { return measure(association, objects); }});
    }
  }
  return cases;
}

}  // namespace heddle::app
