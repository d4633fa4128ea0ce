#include "app/serve/api/prometheus.h"

#include <charconv>
#include <cmath>

namespace heddle::app::serve {
namespace {

std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return {text, end};
}

std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '\n') {
      made += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') made += '\\';
    made += c;
  }
  return made;
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " +
           std::string(type) + "\n";
}

void PrometheusText::sample(double value, Labels labels, std::string_view suffix) {
  text_ += name_ + std::string(suffix);
  char open = '{';
  for (const auto& [name, label] : labels) {
    text_ += open + std::string(name) + "=\"" + escaped(label) + "\"";
    open = ',';
  }
  if (labels.size() > 0) text_ += '}';
  text_ += " " + number(value) + "\n";
}

}  // namespace heddle::app::serve
