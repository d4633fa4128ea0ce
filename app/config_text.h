#pragma once
// The lines of an options file, before anybody asks what they mean.

#include <stdexcept>
#include <string>

namespace heddle::app {

/// A line that is not TOML as we take it; what() says why.
class ConfigFault : public std::runtime_error {
 public:
  ConfigFault(int line, const std::string& what) : std::runtime_error(what), line_(line) {}
  int line() const { return line_; }  // 1-based

 private:
  int line_;
};

/// The same lines in the form that CLI11 reads rightly: sections without comments behind them,
/// each list on one line (empty lines keep the numbers). Throws ConfigFault: no text, a section, a
/// list or a quote that is not closed, a line without a key or a value.
std::string plain_config(const std::string& text);

}  // namespace heddle::app
