// Associations side by side: true tracks, made worse by the detector simulator, go through each
// association; the identities are scored against the truth, all seeds taken together.
//
// usage: association_bench [--seeds 1,2] [--assoc sort,byte] [--hidden X] [--window S]
//                          [--draw HALF] [--model FILE] [name=value ...]
//                          FILE@FPS[@DET[@VIDEO]] ...
//
// FILE: MOTChallenge truth, or KITTI tracking labels, also gzipped. DET: a real detector's boxes,
// MOTChallenge text, in place of simulated ones; may be empty. VIDEO: the frames. --draw: frames
// drawn from the truth (simulation/replay.h), with textures of the half 'tuning' or 'testing';
// replay.sway=0.02 moves the camera. Only the association 'looks' looks at frames: that is
// 'attention' with the network of --model. name=value: a setting of our own association by
// its name in box_attention.h or box_memory.h, or of the noise (noise.name) by its name in
// detector_noise.h. Columns: 'back', the times an object came back after 1 to 5 s without a box
// (with --hidden X: of a visibility below X in the truth); 'kept', with the same identity; 'wrong',
// with one that was there before and so is somebody else's; 'new', with a new one; the rest was not
// found within S seconds (1) before or after. 'frames/s' of the association alone. An identity that
// is told twice in a frame is an error.

#include "attention/backend/backend.h"
#include "io/formats/text_input.h"
#include "io/source.h"
#include "pipeline/associations/box_attention.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/metrics/mot_rules.h"
#include "pipeline/metrics/returns.h"
#include "pipeline/metrics/tracking_score.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/simulation/replay.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace {

using namespace heddle;
using namespace heddle::pipeline;

struct Setting {
  std::vector<std::uint64_t> seeds = {1};
  std::vector<std::string> associations;
  std::vector<std::string> files;
  double hidden = -1;  // visibility; -1: who has no box is hidden
  double window = 1;   // seconds
  std::optional<SuiteHalf> draw;
  std::string model = "configs/models/tracking-reference/weights.safetensors";
  ReplaySettings replay;
  DetectorNoise noise;
  BoxAttentionSettings ours;
};

struct Clip {
  std::string name;
  double frames_per_second = 30;
  std::int64_t frames = 0;
  int width = 0, height = 0;  // that hold the true boxes
  std::vector<io::MotRow> truth;
  std::vector<io::MotRow> detections;  // of a real detector; empty: simulate
  std::string video;                   // empty: none
};

/// The clip's frames, to be asked for one after the other.
using Pictures = std::function<io::Frame(std::int64_t)>;

struct Result {
  TrackingScore score;
  ReturnCounts returns;
  std::int64_t frames = 0;
  double seconds = 0;

  Result& operator+=(const Result& other) {
    score += other.score;
    returns += other.returns;
    frames += other.frames;
    seconds += other.seconds;
    return *this;
  }
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

std::map<std::string, double*> settings_of(Setting& setting) {
  BoxAttentionSettings& ours = setting.ours;
  BoxMemorySettings& memory = ours.memory;
  DetectorNoise& noise = setting.noise;
  return {{"jitter", &memory.jitter},
          {"hidden_jitter", &memory.hidden_jitter},
          {"sway_x", &memory.sway_x},
          {"sway_y", &memory.sway_y},
          {"growth", &memory.growth},
          {"first_velocity", &memory.first_velocity},
          {"first_growth", &memory.first_growth},
          {"steady", &memory.steady},
          {"calm", &memory.calm},
          {"size_doubt", &memory.size_doubt},
          {"fade_growth", &memory.fade_growth},
          {"heavy_tail", &memory.heavy_tail},
          {"high_score", &ours.high_score},
          {"low_score", &ours.low_score},
          {"start_score", &ours.start_score},
          {"newcomer", &ours.newcomer},
          {"low_newcomer", &ours.low_newcomer},
          {"lost_price", &ours.lost_price},
          {"confirm", &ours.confirm},
          {"confirm_seconds", &ours.confirm_seconds},
          {"doubled", &ours.doubled},
          {"lost_seconds", &ours.lost_seconds},
          {"border_price", &ours.border_price},
          {"learn_pace", &ours.learn_pace},
          {"learn_drift", &ours.learn_drift},
          {"learn_tremble", &ours.learn_tremble},
          {"usual_tremble", &ours.usual_tremble},
          {"blurred", &ours.blurred},
          {"crisp", &ours.crisp},
          {"usual_gaps", &ours.usual_gaps},
          {"gap_price", &ours.gap_price},
          {"crisp_jitter", &ours.crisp_jitter},
          {"crisp_doubled", &ours.crisp_doubled},
          {"at_once", &ours.at_once},
          {"at_once_trust", &ours.at_once_trust},
          {"sure_return", &ours.sure_return},
          {"look_weight", &ours.look_weight},
          {"look_reach", &ours.look_reach},
          {"look_every", &ours.look_every},
          {"look_covered", &ours.look_covered},
          {"replay.sway", &setting.replay.sway},
          {"replay.twins", &setting.replay.twins},
          {"replay.noise", &setting.replay.noise},
          {"noise.jitter", &noise.jitter},
          {"noise.hidden_jitter", &noise.hidden_jitter},
          {"noise.half_visible", &noise.half_visible},
          {"noise.visible_spread", &noise.visible_spread},
          {"noise.mood", &noise.mood},
          {"noise.best_recall", &noise.best_recall},
          {"noise.doubles", &noise.doubles},
          {"noise.false_share", &noise.false_share},
          {"noise.false_frames", &noise.false_frames}};
}

Setting parse(int argc, char** argv) {
  Setting setting;
  setting.associations = {"sort", "byte", "ocsort", "attention"};
  const auto names = settings_of(setting);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    if (word == "--seeds" && i + 1 < argc) {
      setting.seeds.clear();
      for (const std::string& seed : split(argv[++i], ',')) {
        setting.seeds.push_back(std::stoull(seed));
      }
    } else if (word == "--assoc" && i + 1 < argc) {
      setting.associations = split(argv[++i], ',');
    } else if (word == "--hidden" && i + 1 < argc) {
      setting.hidden = std::stod(argv[++i]);
    } else if (word == "--window" && i + 1 < argc) {
      setting.window = std::stod(argv[++i]);
    } else if (word == "--draw" && i + 1 < argc) {
      setting.draw = suite_half(argv[++i]);
    } else if (word == "--model" && i + 1 < argc) {
      setting.model = argv[++i];
    } else if (word.find('@') != word.npos) {
      setting.files.push_back(word);
    } else if (equals != word.npos && names.contains(word.substr(0, equals))) {
      *names.at(word.substr(0, equals)) = std::stod(word.substr(equals + 1));
    } else {
      throw std::invalid_argument("what is '" + word +
                                  "'? FILE@FPS[@DET] or a setting is expected");
    }
  }
  if (setting.files.empty()) throw std::invalid_argument("give FILE@FPS[@DET] ...");
  return setting;
}

/// KITTI tracking labels (Geiger et al. 2012): frame id type truncated occluded alpha x1 y1 x2 y2.
/// Every type but DontCare counts; occlusion 0, 1, 2 is taken for a visibility.
std::vector<io::MotRow> read_kitti(const std::string& file) {
  constexpr double kVisibility[] = {1, 0.6, 0.25, -1};
  io::TextInput text(io::PeekedInput::open(file));
  std::vector<io::MotRow> rows;
  for (std::string line; text.append_line(line); line.clear()) {
    std::istringstream words(line);
    io::MotRow row;
    std::string type;
    int truncated = 0, occluded = 0;
    double alpha = 0, right = 0, bottom = 0;
    words >> row.frame >> row.id >> type >> truncated >> occluded >> alpha >> row.x >> row.y >>
        right >> bottom;
    if (!words || type == "DontCare") continue;
    ++row.frame;
    row.width = right - row.x;
    row.height = bottom - row.y;
    row.visibility = occluded >= 0 && occluded < 4 ? kVisibility[occluded] : -1;
    row.columns = 9;
    rows.push_back(row);
  }
  return rows;
}

bool is_kitti(const std::string& file) {
  io::TextInput text(io::PeekedInput::open(file));
  std::string line;
  text.append_line(line);
  return line.find(',') == line.npos && line.find_first_of("CDMPTV") != line.npos;
}

Clip read_clip(const std::string& word) {
  const std::vector<std::string> parts = split(word, '@');
  const std::filesystem::path file = parts[0];
  Clip clip;
  clip.name = file.filename() == "gt.txt" ? file.parent_path().filename().string()
                                          : file.filename().string();
  clip.name = clip.name.substr(0, clip.name.find('.'));
  clip.frames_per_second = std::stod(parts.at(1));
  const bool kitti = is_kitti(file);
  clip.truth = kitti ? read_kitti(file) : io::read_mot(file);
  if (kitti) clip.name = "KITTI-" + clip.name;
  if (parts.size() > 3) clip.video = parts[3];
  if (parts.size() > 2 && !parts[2].empty()) {
    clip.detections = io::read_mot(parts[2]);
    clip.name += "/det";
  }
  for (const io::MotRow& row : clip.truth) {
    clip.frames = std::max(clip.frames, row.frame);
    clip.width = std::max(clip.width, static_cast<int>(row.x + row.width));
    clip.height = std::max(clip.height, static_cast<int>(row.y + row.height));
  }
  return clip;
}

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
  result.returns = count_returns(
      prepared.truth, seen, prepared.said, {frames(1), frames(5), frames(setting.window)});
  return result;
}

void print(const std::string& clip, const std::string& name, const Result& result) {
  const auto hota = result.score.hota.mean();
  std::printf("%-14s %-10s %6.2f %6.2f %6.2f %6.2f %6.2f %6lld %5lld %5lld %5lld %5lld %9.0f\n",
              clip.c_str(),
              name.c_str(),
              100 * hota.hota,
              100 * hota.deta,
              100 * hota.assa,
              100 * result.score.identity.f1(),
              100 * result.score.clear.mota(),
              static_cast<long long>(result.score.clear.switches),
              static_cast<long long>(result.returns.returns),
              static_cast<long long>(result.returns.kept),
              static_cast<long long>(result.returns.wrong),
              static_cast<long long>(result.returns.fresh),
              static_cast<double>(result.frames) / result.seconds);
  std::fflush(stdout);
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
