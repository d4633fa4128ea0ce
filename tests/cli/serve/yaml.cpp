#include "tests/cli/serve/yaml.h"

#include <cctype>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace heddle {
namespace {

using nlohmann::json;

struct Line {
  int number = 0;
  std::size_t indent = 0;
  std::string text;
};

[[noreturn]] void fail(const Line& line, const std::string& why) {
  throw std::runtime_error("line " + std::to_string(line.number) + ": " + why + ": " + line.text);
}

json scalar(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text.empty()) return nullptr;
  std::size_t used = 0;
  try {
    const long long whole = std::stoll(text, &used);
    if (used == text.size()) return whole;
  } catch (const std::exception&) {
    return text;
  }
  return text;
}

/// A value that stands on one line.
class Flow {
 public:
  Flow(const Line& line, std::string_view text) : line_(line), text_(text) {}

  json whole() {
    json made = value("");
    blanks();
    if (at_ != text_.size()) fail(line_, "something behind the value");
    return made;
  }

 private:
  json value(const char* ends) {
    blanks();
    if (at_ < text_.size() && text_[at_] == '{') return mapping();
    if (at_ < text_.size() && text_[at_] == '[') return sequence();
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    return scalar(plain(ends));
  }
  json mapping() {
    json made = json::object();
    ++at_;
    for (blanks(); !skip('}'); blanks()) {
      const std::string key = text_.at(at_) == '"' ? quoted() : plain(":");
      if (!skip(':')) fail(line_, "a key without a colon");
      made[key] = value(",}");
      blanks();
      if (!skip(',') && text_.at(at_) != '}') fail(line_, "no comma");
    }
    return made;
  }
  json sequence() {
    json made = json::array();
    ++at_;
    for (blanks(); !skip(']'); blanks()) {
      made.push_back(value(",]"));
      blanks();
      if (!skip(',') && text_.at(at_) != ']') fail(line_, "no comma");
    }
    return made;
  }
  std::string quoted() {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == text_.npos) fail(line_, "no closing quote");
    std::string made(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return made;
  }
  std::string plain(std::string_view ends) {
    const std::size_t from = at_;
    while (at_ < text_.size() && ends.find(text_[at_]) == ends.npos) ++at_;
    std::size_t end = at_;
    while (end > from && text_[end - 1] == ' ') --end;
    return std::string(text_.substr(from, end - from));
  }
  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool skip(char c) {
    if (at_ >= text_.size()) return false;
    if (text_[at_] != c) return false;
    ++at_;
    return true;
  }

  const Line& line_;
  std::string_view text_;
  std::size_t at_ = 0;
};

class Blocks {
 public:
  explicit Blocks(std::vector<Line> lines) : lines_(std::move(lines)) {}

  json block(std::size_t indent) {
    if (lines_.at(at_).text.starts_with("- ")) return items(indent);
    json made = json::object();
    while (at_ < lines_.size() && lines_[at_].indent == indent) {
      const Line& line = lines_[at_];
      const auto [key, rest] = key_of(line);
      if (made.contains(key)) fail(line, "a key stands twice");
      ++at_;
      if (!rest.empty()) {
        made[key] = Flow(line, rest).whole();
      } else if (at_ < lines_.size() && lines_[at_].indent > indent) {
        made[key] = block(lines_[at_].indent);
      }
    }
    if (at_ < lines_.size() && lines_[at_].indent > indent) fail(lines_[at_], "odd indentation");
    return made;
  }

 private:
  json items(std::size_t indent) {
    json made = json::array();
    while (at_ < lines_.size() && lines_[at_].indent == indent) {
      Line& line = lines_[at_];
      line.text.erase(0, 2);
      line.indent += 2;
      const bool flow = line.text.find_first_of("{[\"") == 0;
      if (!flow && line.text.find(": ") != std::string::npos) {
        made.push_back(block(line.indent));
      } else if (!flow && line.text.ends_with(':')) {
        made.push_back(block(line.indent));
      } else {
        ++at_;
        made.push_back(Flow(line, line.text).whole());
      }
    }
    return made;
  }
  static std::pair<std::string, std::string> key_of(const Line& line) {
    const bool quoted = line.text.starts_with('"');
    const std::size_t end = quoted ? line.text.find('"', 1) + 1 : line.text.find(':');
    std::size_t colon = line.text.find(':', quoted ? end : 0);
    // "/page/{file}:" has its colon at the end, and none before a blank.
    while (colon != std::string::npos && colon + 1 < line.text.size() &&
           line.text[colon + 1] != ' ') {
      colon = line.text.find(':', colon + 1);
    }
    if (colon == std::string::npos) fail(line, "no key");
    std::string key = line.text.substr(quoted ? 1 : 0, quoted ? end - 2 : colon);
    std::string rest = colon + 2 > line.text.size() ? "" : line.text.substr(colon + 2);
    return {key, rest};
  }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
};

}  // namespace

json parse_yaml(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream in(text);
  int number = 0;
  for (std::string one; std::getline(in, one);) {
    ++number;
    const std::size_t indent = one.find_first_not_of(' ');
    if (indent == std::string::npos || one[indent] == '#') continue;
    lines.push_back({number, indent, one.substr(indent)});
  }
  if (lines.empty()) throw std::runtime_error("nothing there");
  return Blocks(std::move(lines)).block(0);
}

}  // namespace heddle
