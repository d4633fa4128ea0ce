#include "io/formats/mot.h"

#include "io/atomic_file.h"
#include "io/formats/number_text.h"
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

class MotSink final : public Sink {
 public:
  MotSink(const std::string& path, const SinkOptions& options)
      : file_(path, options.overwrite, options.to_continue) {}

  void write(const Sample&, std::span<const Record> records) override {
    for (const Track* track : tracks_in_order(records)) {
      if (is_seen(*track)) file_.write(line_of(*track));
    }
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
