#pragma once
// A stream of an earlier daemon that this one does not start: its input is allowed no more, or
// gone. It has failed from its beginning, with the sentence why. Threads: every call from any
// thread.

#include "app/serve/still_stream.h"

namespace heddle::app::serve {

class RefusedStream final : public StillStream {
 public:
  /// Its checkpoint and its kept events lie in `folder`: what it tells is numbered behind them.
  RefusedStream(StreamSpec spec, const std::string& why, const std::string& folder);

  nlohmann::json sequences() const override { return nlohmann::json::array(); }
  nlohmann::json features(const std::string& /*sequence*/,
                          std::int64_t /*begin*/,
                          std::int64_t /*end*/,
                          int /*limit*/) const override {
    return nullptr;
  }
};

}  // namespace heddle::app::serve
