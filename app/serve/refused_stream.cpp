#include "app/serve/refused_stream.h"

#include "app/serve/error_code.h"
#include "app/serve/kept_events.h"

#include <utility>

namespace heddle::app::serve {

RefusedStream::RefusedStream(StreamSpec spec, const std::string& why, const std::string& folder)
    : StillStream(std::move(spec)) {
  using nlohmann::json;
  status_.state = StreamState::kFailed;
  status_.started = status_.changed = std::chrono::system_clock::now();
  status_.error_code = TroubleCode("not_started").text();
  status_.error = why;
  const auto text = [](const json& event) {
    return event.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  const auto kept = kept_events(folder, spec_.id);
  const std::int64_t above = kUnknownEvents * spec_.restarts;
  if (kept.empty()) {
    log_.start_after(above);
  } else {
    log_.start_after(kept.back().id, above);
    log_.put_back(kept);
  }
  log_.publish("state", text({{"state", "failed"}, {"error", why}}));
  log_.publish("end",
               text({{"state", "failed"},
                     {"samples", 0},
                     {"records", 0},
                     {"dropped", 0},
                     {"failed", 0},
                     {"seconds", 0}}));
  log_.end();
}

}  // namespace heddle::app::serve
