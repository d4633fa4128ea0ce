#include "io/formats/track_sink.h"

#include "io/formats/track_text.h"

namespace heddle::io {

TrackSink::TrackSink(const std::string& path, const SinkOptions& options)
    : file_(path, options.overwrite, options.to_continue) {}

void TrackSink::write(const Sample&, std::span<const Record> records) {
  for (const Track* track : tracks_in_order(records)) file_.write(line(*track));
}

bool TrackSink::snapshot(Snapshot& snapshot) {
  snapshot(file_);
  return true;
}

}  // namespace heddle::io
