#include "attention/model/options.h"

#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw std::invalid_argument("option '" + name + "': " + what);
}

template <class T>
const T& cast(const std::string& name, const Options::Value& value, const char* kind) {
  const T* found = std::get_if<T>(&value);
  if (!found) refuse(name, std::string("expected ") + kind);
  return *found;
}

}  // namespace

const Options::Value* Options::find(const std::string& name) {
  used_.insert(name);
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

const Options::Value& Options::need(const std::string& name) {
  const Value* value = find(name);
  if (!value) refuse(name, "is required");
  return *value;
}

std::string Options::text(const std::string& name) {
  return cast<std::string>(name, need(name), "text");
}

std::int64_t Options::whole(const std::string& name, std::int64_t low, std::int64_t high) {
  const auto value = cast<std::int64_t>(name, need(name), "a whole number");
  if (value < low || value > high) {
    refuse(name,
           "expected " + std::to_string(low) + " to " + std::to_string(high) + ", the file has " +
               std::to_string(value));
  }
  return value;
}

double Options::number(const std::string& name) {
  const Value& value = need(name);
  const auto* whole = std::get_if<std::int64_t>(&value);
  const double number = whole ? static_cast<double>(*whole) : cast<double>(name, value, "a number");
  if (!std::isfinite(number)) refuse(name, "expected a finite number");
  return number;
}

std::string Options::text_or(const std::string& name, std::string fallback) {
  return find(name) ? text(name) : std::move(fallback);
}

std::int64_t Options::whole_or(const std::string& name,
                               std::int64_t fallback,
                               std::int64_t low,
                               std::int64_t high) {
  return find(name) ? whole(name, low, high) : fallback;
}

double Options::number_or(const std::string& name, double fallback) {
  return find(name) ? number(name) : fallback;
}

bool Options::flag_or(const std::string& name, bool fallback) {
  const Value* value = find(name);
  return value ? cast<bool>(name, *value, "true or false") : fallback;
}

void Options::require_all_used() const {
  for (const auto& [name, value] : values_) {
    if (!used_.contains(name)) refuse(name, "is not one this operation knows");
  }
}

}  // namespace heddle::attention
