#pragma once
// As much YAML as configs/deploy/openapi.yaml is written in, as JSON: block mappings and sequences,
// flow mappings and sequences on one line, plain and double-quoted scalars, comments of whole
// lines.

#include <nlohmann/json.hpp>

#include <string>

namespace heddle {

/// Throws std::runtime_error naming the line.
nlohmann::json parse_yaml(const std::string& text);

}  // namespace heddle
