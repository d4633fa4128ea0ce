#include "app/command_text.h"

#include "app/jobs.h"
#include "app/presets.h"

#include <CLI/CLI.hpp>

#include <algorithm>

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

/// Values that the declaration leaves open, for they are checked where more is known.
void fill_choices(const std::string& command, OptionText& option) {
  if (option.names == std::vector<std::string>{"--preset"}) {
    for (const Preset& preset : presets()) option.choices.push_back(preset.name);
  }
  if (option.names != std::vector<std::string>{"--format"}) return;
  option.several = true;
  for (const Job& job : jobs()) {
    if (job.command != command) continue;
    for (const std::string& format : job.formats) {
      if (std::ranges::find(option.choices, format) == option.choices.end()) {
        option.choices.push_back(format);
      }
    }
  }
}

}  // namespace

CommandText command_text(const CLI::App& app) {
  CommandText text{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    text.options.push_back(option_text(*option));
    fill_choices(text.name, text.options.back());
  }
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    text.commands.push_back(command_text(*command));
  }
  return text;
}

}  // namespace heddle::app
