#pragma once
// A stream that never runs here: nothing stops, waits, uploads or shows a picture. Threads: every
// call from any thread.

#include "app/serve/stream.h"

#include <utility>

namespace heddle::app::serve {

class StillStream : public Stream {
 public:
  explicit StillStream(StreamSpec spec) : spec_(std::move(spec)) {}

  const StreamSpec& spec() const override { return spec_; }
  StreamStatus status() const override { return status_; }
  EventLog& events() override { return log_; }
  void stop() override {}
  void drain() override {}
  bool wait_ended(std::chrono::milliseconds /*most*/) override { return true; }
  bool checkpoint() override { return false; }
  std::shared_ptr<Upload> upload(const std::string& /*content_type*/) override { return nullptr; }
  std::optional<Picture> picture(int /*width*/, std::int64_t /*after*/) override { return {}; }
  std::int64_t heartbeat() const override { return 0; }

 protected:
  const StreamSpec spec_;
  StreamStatus status_;  // made by constructors, constant from then on
  EventLog log_;
};

}  // namespace heddle::app::serve
