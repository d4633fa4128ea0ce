// Associations side by side: true tracks, made worse by the detector simulator, go through each
// association; the identities are scored against the truth, all seeds taken together.
//
// usage: association_bench [--seeds 1,2] [--assoc sort,byte] [--hidden X] [--window S]
//                          [--draw HALF] [--model FILE] [name=value ...]
//                          FILE@FPS[:WxH][@DET[@VIDEO]] ...
//
// FILE: MOTChallenge truth, or KITTI tracking labels, also gzipped. WxH: of the picture; else as
// far as the true boxes reach. DET: a real detector's boxes, MOTChallenge text, in place of
// simulated ones; may be empty. VIDEO: the frames. --draw: frames drawn from the truth
// (simulation/replay.h), with textures of the half 'tuning' or 'testing'; replay.sway=0.02 moves
// the camera. Only the association 'looks' looks at frames: that is 'attention' with the network of
// --model. name=value: a setting of our own association by its name in box_attention.h or
// box_memory.h, or of the noise (noise.name) by its name in detector_noise.h. Columns: 'back', the
// times an object came back after 1 to 5 s without a box (with --hidden X: of a visibility below X
// in the truth); 'kept', with the same identity; 'wrong', with one that was there before and so is
// somebody else's; 'new', with a new one; the rest was not found within S seconds (1) before or
// after. Who finds more has more to get wrong, so the last association is also compared with each
// other on the returns that both found. 'frames/s' of the association alone. An identity that is
// told twice in a frame is an error.

#include "attention/backend/backend.h"
#include "io/source.h"
#include "pipeline/associations/box_attention.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/metrics/mot_rules.h"
#include "pipeline/metrics/returns.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/simulation/replay.h"
#include "tests/bench/association/clip.h"
#include "tests/bench/association/setting.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>

namespace {

using namespace heddle;
using namespace heddle::pipeline;

/// The clip's frames, to be asked for one after the other.
using Pictures = std::function<io::Frame(std::int64_t)>;

struct Result {
  TrackingScore score;
  std::vector<ReturnEnd> returns;
  std::int64_t frames = 0;
  double seconds = 0;

  Result& operator+=(const Result& other) {
    score += other.score;
    returns.insert(returns.end(), other.returns.begin(), other.returns.end());
    frames += other.frames;
    seconds += other.seconds;
    return *this;
  }
};

/// The clip's truth drawn; from now on it is the drawing's.
Replay drawn(Clip& clip, const Setting& setting) {
  ReplaySettings settings = setting.replay;
  settings.half = *setting.draw;
  settings.frames_per_second = clip.frames_per_second;
  Replay replay(clip.truth, settings);
  clip.truth = replay.truth();
  clip.width = replay.width();
  clip.height = replay.height();
  return replay;
}

struct Tracker {
  std::unique_ptr<TrackingModel> net;  // that looks
  std::unique_ptr<BoxAssociation> association;
};

Tracker make(const std::string& name, const Setting& setting) {
  if (name == "looks") {
    auto net = std::make_unique<TrackingModel>(
        attention::Model::load(setting.model, attention::backend()));
    auto association = std::make_unique<BoxAttention>(setting.ours, net.get());
    return {std::move(net), std::move(association)};
  }
  if (name == "attention") return {nullptr, std::make_unique<BoxAttention>(setting.ours)};
  return {nullptr, make_box_association(name)};
}

Pictures blank_pictures(const Clip& clip) {
  return [&clip](std::int64_t number) {
    io::Frame frame;
    frame.number = number;
    frame.width = clip.width;
    frame.height = clip.height;
    frame.seconds = static_cast<double>(number) / clip.frames_per_second;
    return frame;
  };
}

Pictures pictures_of(const Clip& clip, const std::optional<Replay>& replay) {
  if (replay) return [&replay](std::int64_t number) { return replay->draw(number); };
  if (clip.video.empty()) return blank_pictures(clip);
  const std::shared_ptr<io::Source> source = io::open_source(clip.video);
  return [source](std::int64_t) {
    auto sample = source->next();
    if (!sample) throw std::runtime_error("the video has fewer frames than the truth");
    return std::get<io::Frame>(*std::move(sample));
  };
}

/// The tracks as rows of a file.
std::vector<io::MotRow> follow(BoxAssociation& association,
                               const Clip& clip,
                               const Pictures& pictures,
                               const std::vector<std::vector<Detection>>& boxes,
                               double& seconds) {
  std::vector<io::MotRow> said;
  for (std::int64_t number = 0; number < clip.frames; ++number) {
    const io::Frame frame = pictures(number);
    const auto begin = std::chrono::steady_clock::now();
    const auto tracks = association.update(frame, boxes[static_cast<std::size_t>(number)]);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    for (const io::Track& track : tracks) {
      if (track.state == io::Track::State::kLost || track.state == io::Track::State::kEnded)
        continue;
      io::MotRow row{.frame = number + 1, .id = track.id};
      const double first = clip.video.empty() ? 0 : 1;
      row.x = track.x + first;
      row.y = track.y + first;
      row.width = track.width;
      row.height = track.height;
      said.push_back(row);
    }
  }
  return said;
}

Result judge(const Clip& clip,
             const std::string& name,
             const Setting& setting,
             const std::optional<Replay>& replay,
             std::uint64_t seed) {
  DetectorNoise noise = setting.noise;
  noise.seed = seed;
  const std::vector<io::MotRow> rows =
      clip.detections.empty() ? simulate_detector(clip.truth, noise) : clip.detections;
  std::vector<std::vector<Detection>> boxes(static_cast<std::size_t>(clip.frames));
  std::vector<LabelledBox> seen;
  for (const io::MotRow& row : rows) {
    if (row.frame > clip.frames || row.width <= 0 || row.height <= 0) continue;
    const Box box{row.x, row.y, row.width, row.height};
    Box pixels = box;  // a video's first pixel is 0, its file's 1
    if (!clip.video.empty()) pixels = {box.x - 1, box.y - 1, box.width, box.height};
    boxes[static_cast<std::size_t>(row.frame - 1)].push_back({pixels, row.confidence});
    if (row.id >= 0 && setting.hidden < 0) seen.push_back({row.frame, row.id, box});
  }
  for (const io::MotRow& row : clip.truth) {
    const bool visible = setting.hidden >= 0 && row.visibility >= setting.hidden;
    if (visible) seen.push_back({row.frame, row.id, {row.x, row.y, row.width, row.height}});
  }
  const Tracker tracker = make(name, setting);
  const bool looks = tracker.net != nullptr;
  Result result;
  result.frames = clip.frames;
  const auto pictures = looks ? pictures_of(clip, replay) : blank_pictures(clip);
  const auto said = follow(*tracker.association, clip, pictures, boxes, result.seconds);
  const PreparedTracks prepared = prepare_mot(clip.truth, said, MotRules::kAuto);
  result.score = score_tracking(prepared.truth, prepared.said);
  const auto frames = [&](double seconds) {
    return std::llround(seconds * clip.frames_per_second);
  };
  result.returns = find_returns(
      prepared.truth, seen, prepared.said, {frames(1), frames(5), frames(setting.window)});
  return result;
}

void print(const std::string& clip, const std::string& name, const Result& result) {
  const auto hota = result.score.hota.mean();
  const ReturnCounts returns = count_returns(result.returns);
  std::printf("%-14s %-10s %6.2f %6.2f %6.2f %6.2f %6.2f %6lld %5lld %5lld %5lld %5lld %9.0f\n",
              clip.c_str(),
              name.c_str(),
              100 * hota.hota,
              100 * hota.deta,
              100 * hota.assa,
              100 * result.score.identity.f1(),
              100 * result.score.clear.mota(),
              static_cast<long long>(result.score.clear.switches),
              static_cast<long long>(returns.returns),
              static_cast<long long>(returns.kept),
              static_cast<long long>(returns.wrong),
              static_cast<long long>(returns.fresh),
              static_cast<double>(result.frames) / result.seconds);
  std::fflush(stdout);
}

/// The last association beside another, on the returns that both found.
void print_common(const std::string& ours,
                  const std::string& theirs,
                  std::map<std::string, Result>& all) {
  const auto& our_ends = all[ours].returns;
  const auto& their_ends = all[theirs].returns;
  const ReturnCounts our = count_common_returns(our_ends, their_ends);
  const ReturnCounts their = count_common_returns(their_ends, our_ends);
  const auto text = [](const ReturnCounts& counts) {
    return std::to_string(counts.kept) + " / " + std::to_string(counts.wrong) + " / " +
           std::to_string(counts.fresh);
  };
  std::printf("returns that %s and %s both found, kept / wrong / new: %s and %s\n",
              ours.c_str(),
              theirs.c_str(),
              text(our).c_str(),
              text(their).c_str());
}

void run(const Setting& setting) {
  std::printf("%-14s %-10s %6s %6s %6s %6s %6s %6s %5s %5s %5s %5s %9s\n",
              "sequence",
              "assoc",
              "HOTA",
              "DetA",
              "AssA",
              "IDF1",
              "MOTA",
              "switch",
              "back",
              "kept",
              "wrong",
              "new",
              "frames/s");
  std::map<std::string, Result> all;
  for (const std::string& file : setting.files) {
    Clip clip = read_clip(file);
    std::optional<Replay> replay;
    if (setting.draw && clip.video.empty()) replay = drawn(clip, setting);
    for (const std::string& name : setting.associations) {
      Result result;
      for (const std::uint64_t seed : setting.seeds)
        result += judge(clip, name, setting, replay, seed);
      print(clip.name, name, result);
      all[name] += result;
    }
  }
  for (const std::string& name : setting.associations) print("all", name, all[name]);
  for (const std::string& name : setting.associations) {
    if (setting.associations.back() == name) break;
    print_common(setting.associations.back(), name, all);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "association_bench: " << error.what() << '\n';
    return 1;
  }
}
