#include "io/formats/csv.h"

#include "io/atomic_file.h"
#include "io/formats/track_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace heddle::io {
namespace {

constexpr const char* kColumns = "frame,seconds,id,state,label,score,left,top,width,height\r\n";

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

std::string line_of(const Track& track) {
  std::string line = std::to_string(track.frame) + "," + fixed_text(track.seconds, 6) + "," +
                     std::to_string(track.id) + "," + state_name(track.state) + "," +
                     field(track.label) + "," + fixed_text(track.score, 4);
  for (const double value : {track.x, track.y, track.width, track.height}) {
    line += "," + fixed_text(value, 2);
  }
  return line + "\r\n";
}

class CsvSink final : public Sink {
 public:
  CsvSink(const std::string& path, bool overwrite) : file_(path, overwrite) {
    file_.write(kColumns);
  }

  void write(const Sample&, std::span<const Record> records) override {
    std::vector<const Track*> tracks;
    for (const Record& record : records) {
      if (const auto* track = std::get_if<Track>(&record)) tracks.push_back(track);
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

std::unique_ptr<Sink> open_csv(const std::string& path, const SinkOptions& options) {
  return std::make_unique<CsvSink>(path, options.overwrite);
}

}  // namespace heddle::io
