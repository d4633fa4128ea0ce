#include "app/usage.h"

#include "app/config.h"
#include "app/joined.h"
#include "app/nearest.h"

#include <CLI/CLI.hpp>

#include <string_view>

namespace heddle::app {
namespace {

/// What heddle genome has as -q, which is --quiet to the other commands.
constexpr std::string_view kQuality = "--min-mapq";

/// The command that was being parsed, and how it is called.
struct Place {
  const CLI::App* command;
  std::string path;  // "heddle eval tracks"
};

Place place_of(const CLI::App& app) {
  Place place{&app, "heddle"};
  while (!place.command->get_subcommands().empty()) {
    place.command = place.command->get_subcommands().front();
    place.path += " " + place.command->get_name();
  }
  return place;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  const std::string meant = nearest(word, names);
  return meant.empty() ? "" : "; did you mean " + meant + "?";
}

std::string unknown_option(const std::string& word, const Place& place) {
  const std::string name = word.substr(0, word.find('='));
  if (place.command->get_option_no_throw(name) != nullptr) {  // of a command, typed before it
    return "write " + name + " behind '" + place.path + "'";
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : place.command->get_options()) {
    for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
  }
  return place.path + " has no option " + name + suggestion(name, names);
}

std::string unknown_command(const std::string& word, const Place& place) {
  const std::vector<std::string> known = commands_of(*place.command);
  if (known.empty()) return place.path + " takes no '" + word + "'";
  return place.path + " has no command '" + word + "'; there " +
         (known.size() == 1 ? "is " : "are ") + joined(known, ", ") + suggestion(word, known);
}

/// What is unknown first: it often explains what seems to be missing.
std::string complaint(const CLI::App& app, const CLI::ParseError& error, const Place& place) {
  for (const std::string& word : app.remaining(true)) {
    const bool option = word.size() > 1 && word.starts_with('-') && word != "--";
    return option ? unknown_option(word, place) : unknown_command(word, place);
  }
  const std::vector<std::string> commands = commands_of(*place.command);
  if (error.get_name() == "RequiredError" && !commands.empty()) {
    return "name a command: " + joined(commands, ", ");
  }
  std::string said = error.what();
  if (said.find(kQuality) != said.npos) said += "; to be quiet: --quiet";
  return said;
}

}  // namespace

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const Place place = place_of(app);
  const bool of_config = error.get_name() == "ConfigError" || error.get_name() == "FileError";
  std::string message = of_config ? error.what() : complaint(app, error, place);
  const std::string file = config_file(app);
  if (!file.empty() && message.find(file) == std::string::npos) {
    message += "; options came also from " + file;
  }
  return message + " (see " + place.path + " --help)";
}

}  // namespace heddle::app
