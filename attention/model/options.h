#pragma once
// The named values of one step of a model file: text, whole numbers, numbers and flags. A value
// that no layer asked for is an error, so that a misspelt option is found when the model is loaded.
// Threads: used while loading, by one thread. Errors: std::invalid_argument naming the option, what
// was expected and what the file has.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace heddle::attention {

class Options {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }

  /// Required values.
  std::string text(const std::string& name);
  std::int64_t whole(const std::string& name, std::int64_t low, std::int64_t high);
  double number(const std::string& name);
  /// Values with a default.
  std::string text_or(const std::string& name, std::string fallback);
  std::int64_t whole_or(const std::string& name,
                        std::int64_t fallback,
                        std::int64_t low,
                        std::int64_t high);
  double number_or(const std::string& name, double fallback);
  bool flag_or(const std::string& name, bool fallback);

  /// Throws when a value was set that nobody asked for.
  void require_all_used() const;

 private:
  const Value* find(const std::string& name);
  const Value& need(const std::string& name);

  std::map<std::string, Value> values_;
  std::set<std::string> used_;
};

}  // namespace heddle::attention
