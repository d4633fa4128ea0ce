#include "io/formats/csv.h"

#include "io/formats/number_text.h"
#include "io/formats/track_sink.h"
#include "io/formats/track_text.h"

#include <string_view>

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

class CsvSink final : public TrackSink {
 public:
  CsvSink(const std::string& path, const SinkOptions& options) : TrackSink(path, options) {
    file().write(kColumns);
  }

 private:
  std::string line(const Track& track) const override { return line_of(track); }
};

}  // namespace

std::unique_ptr<Sink> open_csv(const std::string& path, const SinkOptions& options) {
  return std::make_unique<CsvSink>(path, options);
}

}  // namespace heddle::io
