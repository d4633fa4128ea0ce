#include "io/formats/mot.h"

#include "io/atomic_file.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace heddle::io {
namespace {

bool seen(const Track& track) {
  return track.state != Track::State::kLost && track.state != Track::State::kEnded;
}

void append_number(std::string& line, double value, const char* format) {
  char text[340];  // the longest double has 309 digits before the point
  line.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, format, value)));
}

std::string line_of(const Track& track) {
  std::string line = std::to_string(track.frame + 1) + "," + std::to_string(track.id);
  for (const double value : {track.x + 1, track.y + 1, track.width, track.height}) {
    append_number(line, value, ",%.2f");
  }
  append_number(line, track.score, ",%.4f");
  return line + ",-1,-1,-1\n";
}

class MotSink final : public Sink {
 public:
  MotSink(const std::string& path, const SinkOptions& options)
      : file_(path, options.overwrite, options.to_continue) {}

  void write(const Sample&, std::span<const Record> records) override {
    std::vector<const Track*> tracks;
    for (const Record& record : records) {
      const auto* track = std::get_if<Track>(&record);
      if (track != nullptr && seen(*track)) tracks.push_back(track);
    }
    std::stable_sort(tracks.begin(), tracks.end(), [](const Track* a, const Track* b) {
      return a->frame != b->frame ? a->frame < b->frame : a->id < b->id;
    });
    for (const Track* track : tracks) file_.write(line_of(*track));
  }

  void close() override { file_.commit(); }
  void close_partial() override { file_.keep_partial(); }
  bool continuable() const override { return true; }
  bool snapshot(Snapshot& snapshot) override {
    snapshot(file_);
    return true;
  }

 private:
  AtomicFile file_;
};

}  // namespace

std::unique_ptr<Sink> open_mot(const std::string& path, const SinkOptions& options) {
  return std::make_unique<MotSink>(path, options);
}

}  // namespace heddle::io
