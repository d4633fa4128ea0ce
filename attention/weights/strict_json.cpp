#include "attention/weights/strict_json.h"

#include "attention/weights/weights_error.h"

#include <nlohmann/json.hpp>

#include <set>
#include <vector>

namespace heddle::attention {
namespace {

using nlohmann::json;

/// Watches the parser go by; throws at the first thing that strict JSON refuses.
class Guard {
 public:
  explicit Guard(const std::string& what) : what_(what) {}

  bool operator()(int /*depth*/, json::parse_event_t event, const json& value) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        enter();
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key:
        see(value.get_ref<const std::string&>());
        break;
      case json::parse_event_t::value:
        break;
    }
    return true;
  }

 private:
  void enter() {
    if (keys_.size() >= kMaxJsonDepth) {
      throw WeightsError(what_ + ": JSON nested deeper than " + std::to_string(kMaxJsonDepth));
    }
    keys_.emplace_back();
  }

  void see(const std::string& key) {
    if (!keys_.back().insert(key).second) {
      throw WeightsError(what_ + ": the key '" + key.substr(0, 64) + "' appears twice");
    }
  }

  const std::string& what_;
  std::vector<std::set<std::string>> keys_;  // of each object or array that is open
};

}  // namespace

json parse_strict_json(std::string_view text, const std::string& what) {
  Guard guard(what);
  try {
    return json::parse(text.begin(), text.end(), std::ref(guard));
  } catch (const json::exception& error) {
    throw WeightsError(what + ": not valid JSON: " + std::string(error.what()).substr(0, 200));
  }
}

}  // namespace heddle::attention
