#include "tests/cli/serve/schema.h"

#include <algorithm>

namespace heddle {
namespace {

using nlohmann::json;

bool is_of(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

std::string misfit_of_object(const json& value,
                             const json& schema,
                             const json& root,
                             const std::string& where) {
  for (const auto& name : schema.value("required", json::array())) {
    if (!value.contains(name.get<std::string>())) return where + " lacks " + name.dump();
  }
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, field] : value.items()) {
    if (!properties.contains(name)) {
      if (schema.value("additionalProperties", false)) continue;
      return where + "." + name + " is not in the schema";
    }
    const std::string found = misfit(field, properties[name], root, where + "." + name);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

const json& resolved(const json& value, const json& root) {
  if (!value.is_object() || !value.contains("$ref")) return value;
  return root.at(json::json_pointer(value["$ref"].get<std::string>().substr(1)));
}

std::string misfit(const json& value,
                   const json& given,
                   const json& root,
                   const std::string& where) {
  const json& schema = resolved(given, root);
  if (schema.contains("anyOf")) {
    const bool any = std::ranges::any_of(
        schema["anyOf"], [&](const json& one) { return misfit(value, one, root, where).empty(); });
    return any ? "" : where + " fits none of anyOf: " + value.dump();
  }
  if (schema.contains("type")) {
    const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
    const bool any = std::ranges::any_of(
        types, [&](const json& type) { return is_of(value, type.get<std::string>()); });
    if (!any) return where + " is no " + types.dump() + ": " + value.dump();
  }
  if (schema.contains("enum")) {
    const auto& list = schema["enum"];
    if (std::ranges::find(list, value) == list.end()) return where + " is not in the enum";
  }
  if (value.is_object()) return misfit_of_object(value, schema, root, where);
  if (value.is_array() && schema.contains("items")) {
    for (const json& item : value) {
      const std::string found = misfit(item, schema["items"], root, where + "[]");
      if (!found.empty()) return found;
    }
  }
  return "";
}

}  // namespace heddle
