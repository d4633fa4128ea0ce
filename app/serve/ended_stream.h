#pragma once
// A stream that ended in an earlier daemon: what is known of it until it is deleted. It never runs
// again. Its log has the events that were kept, else the last two, `state` and `end`, all with the
// numbers that they had.
// Threads: every call from any thread.

#include "app/serve/still_stream.h"
#include "app/serve/streams/feature_store.h"

namespace heddle::app::serve {

/// Of a stream that has ended: its state, figures, error, the numbers of its last events, the
/// sequences, and the features of the newest of them, 20,000 at most, a sequence's all or none.
nlohmann::json ended_record(Stream& stream);

class EndedStream final : public StillStream {
 public:
  /// Its kept events lie in `folder`. Throws nlohmann::json::exception where the record is of
  /// another version.
  EndedStream(StreamSpec spec, const nlohmann::json& record, const std::string& folder);

  nlohmann::json sequences() const override { return store_.sequences(); }
  nlohmann::json features(const std::string& sequence,
                          std::int64_t begin,
                          std::int64_t end,
                          int limit) const override {
    return store_.range(sequence, begin, end, limit);
  }

 private:
  void read_status(const nlohmann::json& record);
  void read_features(const nlohmann::json& record);
  void tell_end(const nlohmann::json& record, const std::string& folder);

  FeatureStore store_;
};

}  // namespace heddle::app::serve
