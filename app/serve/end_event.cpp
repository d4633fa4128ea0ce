#include "app/serve/end_event.h"

#include "io/formats/json_text.h"

namespace heddle::app::serve {

std::string end_text(const StreamStatus& last, std::string_view state, double seconds) {
  return io::text_of({{"state", state},
                      {"samples", last.samples},
                      {"records", last.records},
                      {"dropped", last.dropped},
                      {"failed", last.failed},
                      {"seconds", io::rounded(seconds, 1000)}});
}

bool is_drained_end(const Event& event) {
  if (event.type != "end") return false;
  const auto data = nlohmann::json::parse(event.data, nullptr, false);
  return data.is_object() && data.value("state", "") == kDrainedEnd;
}

std::int64_t samples_of_end(const Event& event) {
  const auto data = nlohmann::json::parse(event.data, nullptr, false);
  return data.is_object() ? data.value("samples", std::int64_t{0}) : 0;
}

}  // namespace heddle::app::serve
