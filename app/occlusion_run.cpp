#include "app/occlusion_run.h"

#include "app/exit_codes.h"
#include "app/picture_file.h"
#include "io/atomic_file.h"
#include "io/error.h"
#include "io/source.h"

#include <cstdio>
#include <stdexcept>
#include <utility>
#include <variant>

namespace heddle::app {
namespace {

constexpr std::int64_t kFramesApart = 25;  // pictures taken from a video
constexpr std::size_t kMostPictures = 12;  // from one file
constexpr double kCounts = 0.5;            // share visible from which a frame is judged

std::vector<io::Frame> pictures_of(const std::string& file) {
  const auto source = io::open_source(file, {});
  std::vector<io::Frame> pictures;
  while (pictures.size() < kMostPictures) {
    auto sample = source->next();
    if (!sample) break;
    auto* frame = std::get_if<io::Frame>(&*sample);
    if (frame == nullptr) throw io::InputError(file + ": is no picture and no video");
    if (frame->number % kFramesApart == 0) pictures.push_back(std::move(*frame));
  }
  if (pictures.empty()) throw io::InputError(file + ": has no frames");
  return pictures;
}

void write_frames(const pipeline::OcclusionClip& clip, const std::string& path) {
  io::AtomicFile file(path, false);
  for (int i = 0; i < pipeline::OcclusionClip::kFrames; ++i) append_ppm(file, clip.draw(i));
  file.commit();
}

void write_truth(const pipeline::OcclusionClip& clip, const std::string& path) {
  io::AtomicFile file(path, false);
  for (int i = 0; i < pipeline::OcclusionClip::kFrames; ++i) {
    const pipeline::OcclusionClip::Truth truth = clip.truth(i);
    char line[160];
    std::snprintf(line,
                  sizeof line,
                  "%d,1,%.2f,%.2f,%.2f,%.2f,%d,1,%.3f\n",
                  i + 1,
                  truth.box.x + 1,
                  truth.box.y + 1,
                  truth.box.width,
                  truth.box.height,
                  truth.visible >= kCounts ? 1 : 0,
                  truth.visible);
    file.write(line);
  }
  file.commit();
}

}  // namespace

pipeline::TextureSource suite_textures(pipeline::SuiteHalf half,
                                       const std::vector<std::string>& files) {
  if (files.empty()) return pipeline::painted_textures(half);
  if (files.size() < 2) {
    throw CommandError(kUsage,
                       "--textures deals the files out to two halves; give at least two, or none "
                       "for painted textures");
  }
  auto pictures = std::make_shared<std::vector<io::Frame>>();
  for (std::size_t i = half == pipeline::SuiteHalf::kTuning ? 0 : 1; i < files.size(); i += 2) {
    for (io::Frame& picture : pictures_of(files[i])) pictures->push_back(std::move(picture));
  }
  return [pictures](std::uint64_t number) {
    return pipeline::cut_texture((*pictures)[number % pictures->size()], number);
  };
}

void write_clip(const pipeline::OcclusionClip& clip, const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw io::OutputError(folder.string() + ": " + failed.message());
  const std::string stem = (folder / clip.name()).string();
  write_frames(clip, stem + ".ppm");
  write_truth(clip, stem + ".txt");
}

OcclusionRun::OcclusionRun(const std::filesystem::path& model, const std::string& settings)
    : settings_(pipeline::follow_preset(settings)) {
  try {
    net_.emplace(attention::Model::load(model.string(), attention::backend("cpu")));
  } catch (const std::exception& error) {
    throw CommandError(kModel, error.what());
  }
  viewer_.emplace(*net_);
}

pipeline::SuiteScore OcclusionRun::score(const pipeline::OcclusionClip& clip) {
  using State = io::Track::State;
  std::vector<pipeline::OcclusionClip::Truth> truth = {clip.truth(0)};
  std::vector<pipeline::Said> said = {{truth[0].box, true}};
  pipeline::Follower follower(settings_, *viewer_, clip.draw(0), truth[0].box);
  for (int i = 1; i < pipeline::OcclusionClip::kFrames; ++i) {
    follower.step(clip.draw(i));
    const State state = follower.state();
    truth.push_back(clip.truth(i));
    said.push_back({follower.box(), state == State::kTracked || state == State::kRecovered});
  }
  return pipeline::score_clip(truth, said);
}

}  // namespace heddle::app
