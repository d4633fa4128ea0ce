#include "app/help.h"

#include <utility>

namespace heddle::app {

std::string HelpFormatter::make_help(const CLI::App* app,
                                     std::string name,
                                     CLI::AppFormatMode mode) const {
  const std::string text = Formatter::make_help(app, std::move(name), mode);
  std::string squeezed;
  for (const char letter : text) {
    if (letter != '\n' || !squeezed.ends_with("\n\n")) squeezed += letter;
  }
  return squeezed;
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  // CLI11 adds what may be given behind a colon; the descriptions say it better.
  const std::string kind = option->get_type_name();
  const std::string shown = kind.substr(0, kind.find(':'));
  const bool takes_many = option->get_positional() && option->get_expected_max() > 1;
  return (shown.empty() ? "" : " " + shown) + (takes_many ? " ..." : "");
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const std::string value = option->get_default_str();
  const bool worth_saying = !value.empty() && value != "[]" && value != "\"\"";
  return option->get_description() + (worth_saying ? " [" + value + "]" : "");
}

}  // namespace heddle::app
