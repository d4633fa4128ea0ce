#include "io/formats/mot.h"

#include "io/formats/number_text.h"
#include "io/formats/track_sink.h"
#include "io/formats/track_text.h"

namespace heddle::io {
namespace {

std::string line_of(const Track& track) {
  std::string line = std::to_string(track.frame + 1) + "," + std::to_string(track.id);
  for (const double value : {track.x + 1, track.y + 1, track.width, track.height}) {
    line += "," + fixed_text(value, 2);
  }
  return line + "," + fixed_text(track.score, 4) + ",-1,-1,-1\n";
}

class MotSink final : public TrackSink {
 public:
  MotSink(const std::string& path, const SinkOptions& options) : TrackSink(path, options) {}

 private:
  std::string line(const Track& track) const override {
    return is_seen(track) ? line_of(track) : "";
  }
};

}  // namespace

std::unique_ptr<Sink> open_mot(const std::string& path, const SinkOptions& options) {
  return std::make_unique<MotSink>(path, options);
}

}  // namespace heddle::io
