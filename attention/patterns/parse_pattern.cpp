#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_list.h"

#include <algorithm>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr int kMaxDepth = 32;           // nested parentheses and per_head
constexpr std::size_t kMaxText = 4096;  // characters

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// pattern = term {'|' term}    term = factor {'&' factor}    factor = '(' pattern ')' | call
/// call = 'per_head' '(' pattern {';' pattern} ')' | name '(' [argument {',' argument}] ')'
/// argument = [name '='] value
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Pattern whole() {
    Pattern parsed = pattern(0);
    peek();
    if (at_ < text_.size()) expected("'|', '&' or the end");
    return parsed;
  }

 private:
  Pattern pattern(int depth) {
    if (depth > kMaxDepth) {
      fail_at(column(), "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    Pattern sum = term(depth);
    while (accept('|')) sum = sum | term(depth);
    return sum;
  }

  Pattern term(int depth) {
    Pattern product = factor(depth);
    while (accept('&')) product = product & factor(depth);
    return product;
  }

  Pattern factor(int depth) {
    if (accept('(')) {
      Pattern inner = pattern(depth + 1);
      require(')');
      return inner;
    }
    return call(depth);
  }

  Pattern call(int depth) {
    peek();
    const std::size_t start = column();
    const std::string_view name = word();
    if (name.empty()) expected("a pattern");
    if (name == "per_head") return heads(depth);
    const auto rows = pattern_rows();
    const auto row = std::ranges::find_if(
        rows, [&](const PatternRow& r) { return r.name == name && r.make != nullptr; });
    if (row == rows.end()) {
      fail_at(start, "no pattern is named '" + std::string(name) + "'; there are " + names());
    }
    require('(');
    CallArguments arguments = call_arguments();
    try {
      Pattern made = row->make(arguments);
      arguments.finish();
      return made;
    } catch (const OutOfRange& error) {
      fail_at(start, error.what());
    }
  }

  Pattern heads(int depth) {
    require('(');
    std::vector<Pattern> all{pattern(depth + 1)};
    while (accept(';')) all.push_back(pattern(depth + 1));
    require(')');
    return per_head(std::move(all));
  }

  CallArguments call_arguments() {
    std::vector<CallArguments::Argument> all;
    while (!accept(')')) {
      if (!all.empty()) require(',');
      peek();
      CallArguments::Argument argument{.column = column(), .value = value()};
      if (accept('=')) {
        argument.name = argument.value;
        peek();
        argument.value = value();
      }
      if (argument.value.empty()) expected("an argument");
      all.push_back(argument);
    }
    return CallArguments(std::move(all), column() - 1);
  }

  static std::string names() {
    std::string all;
    for (const PatternRow& row : pattern_rows()) {
      if (row.make) all += std::string(row.name) + ", ";
    }
    return all + "per_head";
  }

  std::string_view word() {
    peek();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::string_view value() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == ':' || text_[at_] == '-')) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void require(char c) {
    if (!accept(c)) expected(std::string("'") + c + "'");
  }
  [[noreturn]] void expected(const std::string& what) {
    const char found = peek();
    fail_at(column(),
            "expected " + what + ", found " +
                (at_ == text_.size() ? "the end" : std::string("'") + found + "'"));
  }
  std::size_t column() const { return at_ + 1; }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Pattern parse_pattern(std::string_view text) {
  if (text.size() > kMaxText) {
    throw std::invalid_argument("pattern: " + std::to_string(text.size()) +
                                " characters; at most " + std::to_string(kMaxText) + " are read");
  }
  return Parser(text).whole();
}

}  // namespace heddle::attention
