#include "app/serve/refused_stream.h"

#include "app/serve/end_event.h"
#include "app/serve/error_code.h"
#include "app/serve/kept_events.h"
#include "app/serve/streams/stream_checkpoints.h"

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
  const auto memo = earlier_memo(folder, spec_.id).value_or(StreamMemo());
  log_.start_after(memo.last_event, kUnknownEvents * spec_.restarts, memo.skipped);
  log_.put_back(kept_events(folder, spec_.id, memo.last_event));
  log_.publish("state", text({{"state", "failed"}, {"error", why}}));
  log_.publish("end", end_text(status_, name_of(status_.state), 0));
  log_.end();
}

}  // namespace heddle::app::serve
