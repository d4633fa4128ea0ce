#include "app/serve/api/json_body.h"

#include "app/nearest.h"
#include "app/serve/api/error.h"
#include "app/serve/http/text.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr int kDeepest = 16;

[[noreturn]] void refuse(const std::string& what) {
  throw ApiError("bad_json", "the body is no JSON that is taken here: " + what);
}

/// Looks at each piece as it is read, before the next is.
class Watch {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& piece) {
    if (depth > kDeepest) refuse("it is nested more than 16 deep");
    switch (event) {
      case json::parse_event_t::object_start:
        keys_.emplace_back();
        break;
      case json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key: {
        const auto& key = piece.get_ref<const std::string&>();
        check(key);
        if (!keys_.back().insert(key).second) refuse("the key '" + key + "' stands twice");
        break;
      }
      case json::parse_event_t::value:
        if (piece.is_string()) check(piece.get_ref<const std::string&>());
        break;
      default:
        break;
    }
    return true;
  }

 private:
  static void check(const std::string& text) {
    if (text.find('\0') != std::string::npos) refuse("a string holds a NUL");
  }

  std::vector<std::set<std::string>> keys_;
};

}  // namespace

json parse_object(std::string_view text) {
  if (!is_utf8(text)) refuse("it is not UTF-8");
  Watch watch;
  json made;
  try {
    made = json::parse(text, [&watch](int depth, json::parse_event_t event, json& piece) {
      return watch(depth, event, piece);
    });
  } catch (const json::exception& error) {
    const std::string what = error.what();
    refuse(what.substr(what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2));
  }
  if (!made.is_object()) refuse("it is no object");
  return made;
}

void only_fields(const json& object, std::initializer_list<std::string_view> known) {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(names, key) != names.end()) continue;
    const std::string meant = nearest(key, names);
    throw ApiError("unknown_field",
                   "there is no field '" + key + "'" +
                       (meant.empty() ? "" : "; did you mean '" + meant + "'?"))
        .about(key);
  }
}

}  // namespace heddle::app::serve
