#include "io/formats/mot.h"

#include "io/atomic_file.h"
#include "io/formats/track_text.h"

#include <algorithm>
#include <vector>

namespace heddle::io {
namespace {

std::string line_of(const Track& track) {
  std::string line = std::to_string(track.frame + 1) + "," + std::to_string(track.id);
  for (const double value : {track.x + 1, track.y + 1, track.width, track.height}) {
    line += "," + fixed_text(value, 2);
  }
  return line + "," + fixed_text(track.score, 4) + ",-1,-1,-1\n";
}

class MotSink final : public Sink {
 public:
  MotSink(const std::string& path, bool overwrite) : file_(path, overwrite) {}

  void write(const Sample&, std::span<const Record> records) override {
    std::vector<const Track*> tracks;
    for (const Record& record : records) {
      const auto* track = std::get_if<Track>(&record);
      if (track != nullptr && is_seen(*track)) tracks.push_back(track);
    }
    std::stable_sort(tracks.begin(), tracks.end(), [](const Track* a, const Track* b) {
      return a->frame != b->frame ? a->frame < b->frame : a->id < b->id;
    });
    for (const Track* track : tracks) file_.write(line_of(*track));
  }

  void close() override { file_.commit(); }
  void close_partial() override { file_.keep_partial(); }

 private:
  AtomicFile file_;
};

}  // namespace

std::unique_ptr<Sink> open_mot(const std::string& path, const SinkOptions& options) {
  return std::make_unique<MotSink>(path, options.overwrite);
}

}  // namespace heddle::io
