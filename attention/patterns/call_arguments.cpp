#include "attention/patterns/call_arguments.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace heddle::attention {
namespace {

template <class Number>
Number number_of(std::string_view text, std::size_t column, std::string_view what) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    fail_at(column, std::string(what) + " does not fit in 64 bits: '" + std::string(text) + "'");
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    fail_at(column,
            "expected a number (" + std::string(what) + "), found '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace

void fail_at(std::size_t column, const std::string& what) {
  throw std::invalid_argument("pattern: column " + std::to_string(column) + ": " + what);
}

CallArguments::Argument CallArguments::take(std::string_view what) {
  const auto next = std::find_if(
      arguments_.begin(), arguments_.end(), [](const Argument& a) { return a.name.empty(); });
  if (next == arguments_.end()) fail_at(end_column_, "expected " + std::string(what));
  const Argument taken = *next;
  arguments_.erase(next);
  return taken;
}

std::int64_t CallArguments::number(std::string_view what) {
  const Argument argument = take(what);
  return number_of<std::int64_t>(argument.value, argument.column, what);
}

PositionRange CallArguments::range(std::string_view what) {
  const Argument argument = take(what);
  const std::size_t colon = argument.value.find(':');
  if (colon == std::string_view::npos) {
    fail_at(argument.column,
            "expected first:count (" + std::string(what) + "), found '" +
                std::string(argument.value) + "'");
  }
  const auto first =
      number_of<std::int64_t>(argument.value.substr(0, colon), argument.column, "first");
  const auto count = number_of<std::int64_t>(
      argument.value.substr(colon + 1), argument.column + colon + 1, "count");
  require_range("first", first, 0, kMaxPosition);
  require_range("count", count, 0, kMaxPosition - first);
  return {first, first + count};
}

Direction CallArguments::direction() {
  const bool more = std::any_of(
      arguments_.begin(), arguments_.end(), [](const Argument& a) { return a.name.empty(); });
  if (!more) return Direction::kBoth;
  const Argument argument = take("'causal'");
  if (argument.value != "causal") {
    fail_at(argument.column, "expected 'causal', found '" + std::string(argument.value) + "'");
  }
  return Direction::kCausal;
}

std::optional<std::uint64_t> CallArguments::named(std::string_view name) {
  const auto found = std::find_if(
      arguments_.begin(), arguments_.end(), [&](const Argument& a) { return a.name == name; });
  if (found == arguments_.end()) return std::nullopt;
  const Argument argument = *found;
  arguments_.erase(found);
  return number_of<std::uint64_t>(argument.value, argument.column + name.size() + 1, name);
}

void CallArguments::finish() const {
  if (arguments_.empty()) return;
  const Argument& extra = arguments_.front();
  const std::string named = extra.name.empty() ? "" : std::string(extra.name) + "=";
  fail_at(extra.column, "expected ')', found '" + named + std::string(extra.value) + "'");
}

CallArguments arguments_of(std::string_view text, std::size_t at) {
  std::vector<CallArguments::Argument> all;
  while (at + 1 < text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size() - 1);
    CallArguments::Argument argument = {.column = at + 1, .value = text.substr(at, end - at)};
    const std::size_t equals = argument.value.find('=');
    if (equals != std::string_view::npos) {
      argument.name = argument.value.substr(0, equals);
      argument.value.remove_prefix(equals + 1);
    }
    all.push_back(argument);
    at = end + 1;
  }
  return {std::move(all), text.size()};
}

}  // namespace heddle::attention
