#pragma once
// A stream that ended in an earlier daemon: what is known of it until it is deleted. It never runs
// again. Threads: every call from any thread.

#include "app/serve/stream.h"
#include "app/serve/streams/feature_store.h"

namespace heddle::app::serve {

/// Of a stream that has ended: its state, figures, error, the numbers of its last events, the
/// sequences, and the features of the newest of them, 20,000 at most, a sequence's all or none.
nlohmann::json ended_record(Stream& stream);

class EndedStream final : public Stream {
 public:
  /// Throws nlohmann::json::exception where the record is of another version.
  EndedStream(StreamSpec spec, const nlohmann::json& record);

  const StreamSpec& spec() const override { return spec_; }
  StreamStatus status() const override { return status_; }
  /// Its last two, `state` and `end`, with the numbers that they had.
  EventLog& events() override { return log_; }
  void stop() override {}
  void drain() override {}
  bool wait_ended(std::chrono::milliseconds /*most*/) override { return true; }
  bool checkpoint() override { return false; }
  std::shared_ptr<Upload> upload(const std::string& /*content_type*/) override { return nullptr; }
  std::optional<Picture> picture(int /*width*/, std::int64_t /*after*/) override { return {}; }
  nlohmann::json sequences() const override { return store_.sequences(); }
  nlohmann::json features(const std::string& sequence,
                          std::int64_t begin,
                          std::int64_t end,
                          int limit) const override {
    return store_.range(sequence, begin, end, limit);
  }
  std::int64_t heartbeat() const override { return 0; }

 private:
  void read_status(const nlohmann::json& record);
  void read_features(const nlohmann::json& record);
  void tell_end(const nlohmann::json& record);

  const StreamSpec spec_;
  StreamStatus status_;
  FeatureStore store_;
  EventLog log_;
};

}  // namespace heddle::app::serve
