#pragma once
// The arguments of one call in the pattern grammar, `3,seed=7,0:16,causal`, taken one by one by the
// pattern's own file. Errors: std::invalid_argument with the column and what was expected there.
// Threads: one caller at a time.

#include "attention/patterns/pattern_node.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

/// "pattern: column 8: expected a number, found 'x'".
[[noreturn]] void fail_at(std::size_t column, const std::string& what);

class CallArguments {
 public:
  struct Argument {
    std::size_t column = 0;  // 1-based
    std::string_view name;   // empty unless written name=value
    std::string_view value;
  };
  CallArguments(std::vector<Argument> arguments, std::size_t end_column)
      : arguments_(std::move(arguments)), end_column_(end_column) {}

  /// The next unnamed argument.
  std::int64_t number(std::string_view what);
  PositionRange range(std::string_view what);  // written first:count
  /// The word `causal`, if it comes next; otherwise both directions.
  Direction direction();
  /// The argument written name=value, wherever it stands.
  std::optional<std::uint64_t> named(std::string_view name);
  /// Fails on an argument that nobody took.
  void finish() const;

 private:
  Argument take(std::string_view what);

  std::vector<Argument> arguments_;
  std::size_t end_column_;
};

/// The arguments of a call `name(...)` that is the whole text: of selectors and mechanisms.
/// `at` is where they begin, behind the parenthesis; the text ends with ')'.
CallArguments arguments_of(std::string_view text, std::size_t at);

}  // namespace heddle::attention
