#include "app/dump_config.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

namespace heddle::app {
namespace {

constexpr std::string_view kFlag = "--dump-config";

bool is_number(const std::string& text) {
  double value = 0;
  return text.find_first_not_of("0123456789.-+eE") == text.npos &&
         CLI::detail::lexical_cast(text, value);
}

std::string value(const std::string& text) {
  if (text == "true" || text == "false" || is_number(text)) return text;
  const char quote = text.find('"') == text.npos ? '"' : '\'';
  return quote + text + quote;
}

std::string values(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return value(texts.front());
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + value(text);
  return "[" + list + "]";
}

std::string line_of(const CLI::Option& option) {
  const std::string key = option.get_lnames().front() + " = ";
  const bool flag = option.get_items_expected_max() == 0;
  if (option.count() > 0) return key + (flag ? "true" : values(option.results())) + "\n";
  const std::string preset = option.get_default_str();
  if (flag) return "# " + key + "false\n";
  return "# " + key + (preset.empty() || preset == "[]" ? "\"\"" : value(preset)) + "\n";
}

bool is_setting(const CLI::Option& option) {
  const auto& names = option.get_lnames();
  return !names.empty() && names.front() != "help" && "--" + names.front() != kFlag;
}

}  // namespace

std::string config_of(const CLI::App& command) {
  std::string text = "# heddle " + command.get_name() +
                     ": what was given; what is commented out is the default.\n[" +
                     command.get_name() + "]\n";
  for (const CLI::Option* option : command.get_options()) {
    if (!is_setting(*option)) continue;
    text += "\n# " + option->get_description() + "\n" + line_of(*option);
  }
  return text;
}

void relax_for_dump(CLI::App& program, int argc, const char* const* argv) {
  if (std::find(argv, argv + argc, kFlag) == argv + argc) return;
  for (CLI::App* command : program.get_subcommands(nullptr)) {
    for (CLI::Option* option : command->get_options()) {
      if (option->get_positional()) option->required(false);
    }
  }
}

}  // namespace heddle::app
