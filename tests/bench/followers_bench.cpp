// Trackers of one object side by side, on the same frames in the same run: ours by preset and
// changed setting, CSRT and KCF where OpenCV's contributed modules are installed. For choosing
// settings (on the tuning half only) and for comparing.
//
// usage: followers_bench WEIGHTS CLIPS TRACKER...
//
// CLIPS: 'tuning:24' or 'testing:32-63', clips of the occlusion suite, or 'VIDEO,TRUTH' with TRUTH
// a line 'x,y,w,h' a frame (OTB; commas, tabs or blanks). TRACKER: csrt, kcf, or a preset of
// tracks_settings.h with changes: 'cautious,drop=0.8,scan_every=5'.

#include "io/source.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/heads/tracks_follower.h"
#include "pipeline/occlusion_suite/score.h"
#include "pipeline/threads.h"
#include "tests/bench/followers/one_follower.h"
#include "tests/bench/followers/settings_text.h"

#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace {

using namespace heddle;
using namespace heddle::bench;
using pipeline::OcclusionClip;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Ours : public OneFollower {
 public:
  Ours(const pipeline::FollowSettings& settings, const attention::Model& model)
      : settings_(settings), net_(model), viewer_(net_) {}
  void start(const io::Frame& frame, const pipeline::Box& box) override {
    follower_.emplace(settings_, viewer_, frame, box);
  }
  pipeline::Said step(const io::Frame& frame) override {
    follower_->step(frame);
    const auto state = follower_->state();
    const bool claimed =
        state == io::Track::State::kTracked || state == io::Track::State::kRecovered;
    return {follower_->box(), claimed};
  }

 private:
  pipeline::FollowSettings settings_;
  pipeline::TrackingModel net_;
  pipeline::Viewer viewer_;
  std::optional<pipeline::Follower> follower_;
};

struct Runner {
  std::string name;
  pipeline::SuiteScore score, twins;  // all clips, and those with a look-alike
  double seconds = 0;
  std::int64_t frames = 0;
};

struct Clip {
  std::vector<io::Frame> frames;
  std::vector<OcclusionClip::Truth> truth;
  bool twin = false;
};

Clip suite_clip(pipeline::SuiteHalf half, int index) {
  const OcclusionClip drawn(half, index, pipeline::painted_textures(half));
  Clip clip;
  clip.twin = drawn.has_twin();
  for (int i = 0; i < OcclusionClip::kFrames; ++i) {
    clip.frames.push_back(drawn.draw(i));
    clip.truth.push_back(drawn.truth(i));
  }
  return clip;
}

Clip filmed_clip(const std::string& video, const std::string& truth) {
  Clip clip;
  const auto source = io::open_source(video, {});
  while (auto sample = source->next()) clip.frames.push_back(std::get<io::Frame>(*sample));
  std::ifstream file(truth);
  for (std::string line; std::getline(file, line) && clip.truth.size() < clip.frames.size();) {
    for (char& c : line) c = c == ',' ? ' ' : c;
    pipeline::Box box;
    std::istringstream(line) >> box.x >> box.y >> box.width >> box.height;
    --box.x;  // from 1 there
    --box.y;
    clip.truth.push_back({box, 1});
  }
  if (clip.truth.size() != clip.frames.size() || clip.truth.empty()) {
    throw std::invalid_argument(truth + ": " + std::to_string(clip.truth.size()) + " boxes, and " +
                                std::to_string(clip.frames.size()) + " frames in " + video);
  }
  return clip;
}

void run_clip(const Clip& clip, Runner& runner, const attention::Model& model) {
  std::unique_ptr<OneFollower> follower = make_peer(runner.name);
  if (!follower) follower = std::make_unique<Ours>(settings_of(runner.name), model);
  std::vector<pipeline::Said> said = {{clip.truth[0].box, true}};
  follower->start(clip.frames[0], clip.truth[0].box);
  const double begun = processor_seconds();
  for (std::size_t i = 1; i < clip.frames.size(); ++i)
    said.push_back(follower->step(clip.frames[i]));
  runner.seconds += processor_seconds() - begun;
  runner.frames += static_cast<std::int64_t>(clip.frames.size()) - 1;
  const pipeline::SuiteScore score = pipeline::score_clip(clip.truth, said);
  runner.score += score;
  if (clip.twin) runner.twins += score;
}

void print(const std::vector<Runner>& runners) {
  std::printf("%-44s %6s %7s %6s %10s %8s %10s %10s\n",
              "tracker",
              "AUC",
              "before",
              "after",
              "recovered",
              "claimed",
              "twins AUC",
              "CPU s/fr");
  for (const Runner& r : runners) {
    std::printf("%-44s %6.1f %7.1f %6.1f %9.1f%% %7.1f%% %10.1f %10.4f\n",
                r.name.c_str(),
                100 * r.score.auc(),
                100 * r.score.before.auc(),
                100 * r.score.after.auc(),
                100 * r.score.recovered_share(),
                100 * r.score.claimed_share(),
                100 * r.twins.auc(),
                r.seconds / static_cast<double>(r.frames));
  }
  std::fflush(stdout);
}

void run(const std::vector<std::string>& words) {
  if (words.size() < 3) {
    throw std::invalid_argument("usage: followers_bench WEIGHTS CLIPS TRACKER...");
  }
  const pipeline::ThreadBudget budget(1);
  const auto model = attention::Model::load(words[0], attention::backend("cpu"));
  std::vector<Runner> runners;
  for (std::size_t i = 2; i < words.size(); ++i) runners.push_back({words[i], {}, {}, 0, 0});
  if (const std::size_t comma = words[1].find(','); comma != std::string::npos) {
    const Clip clip = filmed_clip(words[1].substr(0, comma), words[1].substr(comma + 1));
    for (Runner& runner : runners) run_clip(clip, runner, model);
  } else {
    const std::size_t colon = words[1].find(':');
    const auto half = pipeline::suite_half(words[1].substr(0, colon));
    const std::string range = colon == std::string::npos ? "64" : words[1].substr(colon + 1);
    const std::size_t dash = range.find('-');
    const int first = dash == std::string::npos ? 0 : std::stoi(range);
    const int clips =
        dash == std::string::npos ? std::stoi(range) : std::stoi(range.substr(dash + 1)) + 1;
    for (int i = first; i < clips; ++i) {
      const Clip clip = suite_clip(half, i);
      for (Runner& runner : runners) run_clip(clip, runner, model);
      if (i % 8 == 7 && i + 1 < clips) print(runners);
    }
  }
  print(runners);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
