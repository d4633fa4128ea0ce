#pragma once
// A stream that does what the test says.

#include "app/serve/stream.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <functional>
#include <utility>

namespace heddle::app::serve {

class FakeStream : public Stream {
 public:
  explicit FakeStream(StreamSpec spec, StreamServices services = {})
      : spec_(std::move(spec)), services_(std::move(services)) {
    status_.state = StreamState::kRunning;
  }
  const StreamSpec& spec() const override { return spec_; }
  StreamStatus status() const override {
    const std::scoped_lock lock(mutex_);
    return status_;
  }
  EventLog& events() override { return events_; }
  void stop() override { end(StreamState::kStopped); }
  void drain() override {
    drained = true;
    end(drains_to);
  }
  bool wait_ended(std::chrono::milliseconds /*most*/) override { return ended(status().state); }
  bool checkpoint() override { return true; }
  std::shared_ptr<Upload> upload(const std::string& /*content_type*/) override { return nullptr; }
  std::optional<Picture> picture(int /*width*/, std::int64_t /*after*/) override { return {}; }
  nlohmann::json sequences() const override {
    asked_for_sequences();
    return nlohmann::json::array();
  }
  nlohmann::json features(const std::string& /*sequence*/,
                          std::int64_t /*begin*/,
                          std::int64_t /*end*/,
                          int /*limit*/) const override {
    return nullptr;
  }
  std::int64_t heartbeat() const override { return beat; }

  void end(StreamState state) {
    {
      const std::scoped_lock lock(mutex_);
      status_.state = state;
    }
    if (state != StreamState::kStopped || !drained) services_.over(spec_.id);
  }

  void hold(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    status_.memory = bytes;
  }

  std::function<void()> asked_for_sequences = [] {};  // as its record is made
  std::atomic<std::int64_t> beat{0};
  std::atomic<bool> drained{false};
  StreamState drains_to = StreamState::kStopped;  // other: its input ended meanwhile

 private:
  const StreamSpec spec_;
  const StreamServices services_;
  mutable std::mutex mutex_;
  StreamStatus status_;
  EventLog events_;
};

}  // namespace heddle::app::serve
