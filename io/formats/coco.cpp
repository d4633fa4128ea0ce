#include "io/formats/coco.h"

#include "io/atomic_file.h"
#include "io/formats/json_text.h"
#include "io/formats/spool.h"
#include "io/formats/track_text.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

namespace heddle::io {
namespace {

using Json = nlohmann::ordered_json;

// Readers of COCO take no null.
double finite(double value, double scale) {
  const double result = rounded(value, scale);
  return std::isfinite(result) ? result : 0;
}

class CocoSink final : public Sink {
 public:
  CocoSink(const std::string& path, const SinkOptions& options)
      : file_(path, options.overwrite, options.to_continue),
        program_(options.program),
        video_(std::filesystem::path(options.input.name).filename().string()),
        folder_(std::filesystem::path(video_).stem().string()) {
    file_.write("{\"annotations\":[");
  }

  ~CocoSink() override {
    if (ended_) return;
    try {
      put_end(false);
    } catch (const std::exception&) {
      // The run has failed already and says why.
    }
  }

  void write(const Sample& sample, std::span<const Record> records) override {
    const auto* frame = std::get_if<Frame>(&sample);
    if (frame == nullptr) return;
    images_.append((frames_++ == 0 ? "\n" : ",\n") + text_of(image_of(*frame)));
    for (const Record& record : records) {
      const auto* track = std::get_if<Track>(&record);
      if (track == nullptr || !is_seen(*track)) continue;
      file_.write(annotations_++ == 0 ? "\n" : ",\n");
      file_.write(text_of(annotation_of(*track)));
    }
  }

  void close() override {
    put_end(true);
    file_.commit();
  }

  void close_partial() override {
    put_end(false);
    file_.keep_partial();
  }

  bool continuable() const override { return true; }
  bool snapshot(Snapshot& snapshot) override {
    if (images_.bytes() > Spool::kMostSnapshotBytes) return false;
    snapshot(file_, images_, categories_, frames_, annotations_);
    return true;
  }

 private:
  Json image_of(const Frame& frame) const {
    char name[32];
    std::snprintf(name, sizeof name, "%06lld.jpg", static_cast<long long>(frame.number + 1));
    return {{"id", frame.number + 1},
            {"file_name", folder_ + "/" + name},
            {"width", frame.width},
            {"height", frame.height},
            {"video_id", 1},
            {"frame_id", frame.number},
            {"seconds", finite(frame.seconds, 1e6)}};
  }

  Json annotation_of(const Track& track) {
    const double width = finite(track.width, 100), height = finite(track.height, 100);
    return {{"id", annotations_},
            {"image_id", track.frame + 1},
            {"category_id", category_of(track.label)},
            {"bbox", {finite(track.x, 100), finite(track.y, 100), width, height}},
            {"area", finite(width * height, 100)},
            {"segmentation", Json::array()},
            {"iscrowd", 0},
            {"score", finite(track.score, 1e4)},
            {"track_id", track.id},
            {"state", state_name(track.state)}};
  }

  std::size_t category_of(const std::string& label) {
    return categories_.emplace(label, categories_.size() + 1).first->second;
  }

  void put_end(bool complete) {
    ended_ = true;
    file_.write("],\n\"images\":[");
    images_.drain(file_);
    Json categories = Json::array();
    std::map<std::size_t, std::string> by_id;
    for (const auto& [label, id] : categories_) by_id[id] = label.empty() ? "object" : label;
    for (const auto& [id, label] : by_id) categories.push_back({{"id", id}, {"name", label}});
    Json videos = Json::array();
    videos.push_back({{"id", 1}, {"name", video_}});
    file_.write("],\n\"videos\":" + text_of(videos) + ",\n\"categories\":" + text_of(categories) +
                ",\n\"info\":" +
                text_of({{"description", "tracks of objects in " + video_},
                         {"version", program_},
                         {"complete", complete}}) +
                "}\n");
  }

  AtomicFile file_;
  Spool images_;
  std::string program_, video_, folder_;
  std::map<std::string, std::size_t> categories_;  // label -> id
  std::int64_t frames_ = 0;
  std::int64_t annotations_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Sink> open_coco(const std::string& path, const SinkOptions& options) {
  return std::make_unique<CocoSink>(path, options);
}

}  // namespace heddle::io
