#include "app/eval_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace heddle::app {

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      text += i == 0 ? row[i] + blanks : "  " + blanks + row[i];
    }
    text += '\n';
  }
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", 100 * share);
  return text;
}

std::string percent_of(std::int64_t whole, double share) {
  return whole == 0 ? "-" : percent(share);
}

nlohmann::ordered_json share_of(std::int64_t whole, double share) {
  return whole == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(share);
}

std::string json_text(const nlohmann::ordered_json& value) {
  return value.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace heddle::app
