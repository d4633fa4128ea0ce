#pragma once
// A stream of an earlier daemon that this one does not start: its input is allowed no more, or
// gone. It has failed from its beginning, with the sentence why. Threads: every call from any
// thread.

#include "app/serve/stream.h"

namespace heddle::app::serve {

class RefusedStream final : public Stream {
 public:
  RefusedStream(StreamSpec spec, const std::string& why);

  const StreamSpec& spec() const override { return spec_; }
  StreamStatus status() const override { return status_; }
  EventLog& events() override { return log_; }
  void stop() override {}
  void drain() override {}
  bool wait_ended(std::chrono::milliseconds /*most*/) override { return true; }
  bool checkpoint() override { return false; }
  std::shared_ptr<Upload> upload(const std::string& /*content_type*/) override { return nullptr; }
  std::optional<Picture> picture(int /*width*/, std::int64_t /*after*/) override { return {}; }
  nlohmann::json sequences() const override { return nlohmann::json::array(); }
  nlohmann::json features(const std::string& /*sequence*/,
                          std::int64_t /*begin*/,
                          std::int64_t /*end*/,
                          int /*limit*/) const override {
    return nullptr;
  }
  std::int64_t heartbeat() const override { return 0; }

 private:
  const StreamSpec spec_;
  StreamStatus status_;
  EventLog log_;
};

}  // namespace heddle::app::serve
