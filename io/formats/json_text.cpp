#include "io/formats/json_text.h"

#include <cmath>

namespace heddle::io {

double rounded(double value, double scale) { return std::round(value * scale) / scale + 0.0; }

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace heddle::io
