#pragma once
// Whether a JSON value is what a schema of an OpenAPI file says: types, enums, required fields, and
// no field that the schema does not name (unless additionalProperties: true).

#include <nlohmann/json.hpp>

#include <string>

namespace heddle {

/// What does not fit, with where; empty: all fits. `root`: the whole file, for $ref.
std::string misfit(const nlohmann::json& value,
                   const nlohmann::json& schema,
                   const nlohmann::json& root,
                   const std::string& where = "");

/// The value that a $ref points to, or the value itself.
const nlohmann::json& resolved(const nlohmann::json& value, const nlohmann::json& root);

}  // namespace heddle
