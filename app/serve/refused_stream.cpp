#include "app/serve/refused_stream.h"

#include "app/serve/error_code.h"

#include <utility>

namespace heddle::app::serve {

RefusedStream::RefusedStream(StreamSpec spec, const std::string& why)
    : StillStream(std::move(spec)) {
  using nlohmann::json;
  status_.state = StreamState::kFailed;
  status_.started = status_.changed = std::chrono::system_clock::now();
  status_.error_code = TroubleCode("not_started").text();
  status_.error = why;
  const auto text = [](const json& event) {
    return event.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  log_.start_after(0, kUnknownEvents * spec_.restarts);
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
