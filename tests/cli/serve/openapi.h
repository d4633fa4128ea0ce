#pragma once
// The description of the API in configs/deploy, read once.

#include <nlohmann/json.hpp>

#include <string>

namespace heddle {

const nlohmann::json& openapi();

/// "GET" is "get" there.
std::string lower(std::string text);

}  // namespace heddle
