#include "app/command_text.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

/// CLI11 writes what a value may be behind its kind: 'WHAT:{genes,motifs,repeats}'.
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t from = type.find(":{");
  const std::size_t to = type.rfind('}');
  if (from == type.npos || to == type.npos || to < from) return {};
  return CLI::detail::split(type.substr(from + 2, to - from - 2), ',');
}

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  text.argument = option.get_positional();
  for (const std::string& name : option.get_snames()) text.short_names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  if (text.argument) text.names = {option.get_name(true, false)};
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() > 0) text.value = type.substr(0, type.find(':'));
  text.choices = choices_of(type);
  text.help = option.get_description();
  const std::string value = option.get_default_str();
  if (value != "[]" && value != "\"\"") text.preset = value;
  return text;
}

}  // namespace

CommandText command_text(const CLI::App& app) {
  CommandText text{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const CLI::Option* option : app.get_options()) text.options.push_back(option_text(*option));
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    text.commands.push_back(command_text(*command));
  }
  return text;
}

}  // namespace heddle::app
