#include "app/config_text.h"

#include "io/trimmed.h"

#include <algorithm>
#include <sstream>

namespace heddle::app {
namespace {

class PlainConfig {
 public:
  explicit PlainConfig(const std::string& text) : lines_(text) {}

  std::string all() {
    for (std::string line; next(line);) {
      if (line.starts_with('[')) {
        plain_ += section(line);
      } else if (!line.empty()) {
        plain_ += setting(line);
      }
      plain_ += "\n";
    }
    return plain_;
  }

 private:
  /// Without comment and blanks. As CLI11 has it, # begins a comment within quotes too.
  bool next(std::string& line) {
    if (!std::getline(lines_, line)) return false;
    ++number_;
    for (const char letter : line) {
      const auto byte = static_cast<unsigned char>(letter);
      if ((byte < 0x20 && letter != '\t' && letter != '\r') || byte == 0x7f) {
        throw ConfigFault(number_, "is no text; options come from lines of KEY = VALUE");
      }
    }
    line = io::trimmed(line.substr(0, line.find('#')));
    if (line.starts_with(';')) line.clear();
    return true;
  }

  std::string section(const std::string& line) const {
    if (line.size() > 2 && line.ends_with(']')) return line;
    throw ConfigFault(number_, "expected a section, [NAME], closed by ]");
  }

  std::string setting(const std::string& line) {
    const int first = number_;
    const std::size_t equals = line.find('=');
    const std::string key(io::trimmed(line.substr(0, equals)));
    if (equals == std::string::npos || key.empty()) {
      throw ConfigFault(first, "expected KEY = VALUE or [SECTION]");
    }
    std::string value(io::trimmed(line.substr(equals + 1)));
    if (value.empty()) throw ConfigFault(first, "'" + key + "' has no value");
    std::string more;
    while (value.starts_with('[') && !value.ends_with(']')) {
      if (!next(more)) throw ConfigFault(first, "the list of '" + key + "' has no ']'");
      value += more;
      plain_ += "\n";
    }
    for (const char quote : {'"', '\''}) {
      if (value.starts_with(quote) && std::count(value.begin(), value.end(), quote) % 2 != 0) {
        throw ConfigFault(first, "the value of '" + key + "' has a quote that is not closed");
      }
    }
    return key + " = " + value;
  }

  std::istringstream lines_;
  std::string plain_;
  int number_ = 0;
};

}  // namespace

std::string plain_config(const std::string& text) { return PlainConfig(text).all(); }

}  // namespace heddle::app
