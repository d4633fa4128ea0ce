#pragma once
// What the sinks for tracks in lines have in common: a line a track and frame, in the order of
// identities, and a file that can be continued behind any line.

#include "io/atomic_file.h"
#include "io/sink.h"

#include <string>

namespace heddle::io {

class TrackSink : public Sink {
 public:
  void write(const Sample& sample, std::span<const Record> records) final;
  void close() final { file_.commit(); }
  void close_partial() final { file_.keep_partial(); }
  bool continuable() const final { return true; }
  bool snapshot(Snapshot& snapshot) final;

 protected:
  TrackSink(const std::string& path, const SinkOptions& options);
  /// One line with its end; empty: the track is left out here.
  virtual std::string line(const Track& track) const = 0;
  AtomicFile& file() { return file_; }

 private:
  AtomicFile file_;
};

}  // namespace heddle::io
