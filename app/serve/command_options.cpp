#include "app/serve/command_options.h"

#include "app/joined.h"
#include "app/models.h"
#include "app/nearest.h"
#include "app/serve/api/error.h"
#include "app/serve/command_values.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

/// They belong to whoever starts the process. THE LIST.
constexpr std::string_view kOurs[] = {"help",
                                      "output",
                                      "format",
                                      "resume",
                                      "journal-every",
                                      "progress",
                                      "log",
                                      "quiet",
                                      "verbose",
                                      "dump-config",
                                      "dry-run"};

/// Their values are files to read. THE LIST.
constexpr std::string_view kPaths[] = {
    "reference", "regions-file", "motifs", "detections", "labels"};

constexpr std::size_t kMostOptionBytes = 4096;  // of a value
constexpr std::size_t kMostValues = 256;        // of an option

/// Of streams alone.
constexpr std::string_view kRealtime = "realtime";

template <typename List>
bool is_in(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != std::end(list);
}

std::string field_of(const std::string& name) { return "options." + name; }

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw ApiError("bad_option", field_of(name) + ": " + why).about(field_of(name));
}

void check_length(const std::string& name, const std::string& text) {
  if (text.size() > kMostOptionBytes) {
    refuse(name,
           "has " + std::to_string(text.size()) + " bytes; at most " +
               std::to_string(kMostOptionBytes) + " are taken");
  }
}

void check_count(const std::string& name, const json& given) {
  if (given.empty() || given.size() > kMostValues) {
    refuse(name, "give 1 to " + std::to_string(kMostValues) + " values");
  }
}

std::string scalar(const std::string& name, const json& given) {
  std::string text;
  if (given.is_string()) {
    text = given.get<std::string>();
  } else if (given.is_number()) {
    text = given.dump();
  } else {
    refuse(name, shown(given) + " is not taken; give a text or a number");
  }
  const bool odd = std::ranges::any_of(text, [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (odd || text.empty()) refuse(name, "its value is empty, or holds a control character");
  check_length(name, text);
  return text;
}

std::vector<std::string> names_of(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options) {
    if (option.argument || option.names.empty()) continue;
    const std::string name = option.names.front().substr(2);
    if (!is_in(kOurs, name)) names.push_back(name);
  }
  return names;
}

}  // namespace

CommandOptions::CommandOptions(CommandText program, const Confinement& confinement)
    : program_(std::move(program)), confinement_(confinement) {}

const OptionText& CommandOptions::option(const std::string& command,
                                         const std::string& name) const {
  const auto found = std::ranges::find(program_.commands, command, &CommandText::name);
  if (found == program_.commands.end())
    throw ApiError("bad_job", "there is no command '" + command + "'");
  const std::vector<std::string> names = names_of(*found);
  if (!is_in(names, name)) {
    if (is_in(kOurs, name)) refuse(name, "is the daemon's own to give");
    const std::string meant = nearest(name, names);
    refuse(name,
           "heddle " + command + " has no such option" +
               (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
  }
  return *std::ranges::find_if(found->options, [&name](const OptionText& text) {
    return !text.argument && !text.names.empty() && text.names.front() == "--" + name;
  });
}

std::string CommandOptions::value(const std::string& name,
                                  const OptionText& option,
                                  const json& given) const {
  std::string text = scalar(name, given);
  if (!option.choices.empty() && !is_in(option.choices, text)) {
    refuse(name, shown(text) + " is not taken; give " + joined(option.choices, " or "));
  }
  return confined_value(name, std::move(text));
}

std::string CommandOptions::confined_value(const std::string& name, std::string text) const {
  try {
    return confined_path(name, std::move(text));
  } catch (const ApiError& error) {
    throw error.about(field_of(name));
  }
}

std::string CommandOptions::confined_path(const std::string& name, std::string text) const {
  check_length(name, text);
  constexpr std::string_view kOnnx = "onnx:";
  if (is_in(kPaths, name)) return confinement_.input(text);
  if (name == "model" && is_model_path(text)) {
    const std::string real = confinement_.input(text);
    // The file in a folder may be a link to anywhere.
    return std::filesystem::is_directory(real) ? confinement_.input(real + "/" + kModelFile) : real;
  }
  if (name == "detector" && text.starts_with(kOnnx)) {
    return std::string(kOnnx) + confinement_.input(text.substr(kOnnx.size()));
  }
  return text;
}

json CommandOptions::confined(const std::string& command, json options) const {
  if (!options.is_object()) return options;
  for (auto& [name, given] : options.items()) {
    if (name == kRealtime) continue;
    if (!option(command, name).value.empty() && given.is_boolean()) {
      refuse(name, shown(given) + " is not taken; give a value");
    }
    if (given.is_string()) given = confined_value(name, given.get<std::string>());
    if (!given.is_array()) continue;
    check_count(name, given);
    for (json& one : given) {
      if (one.is_string()) one = confined_value(name, one.get<std::string>());
    }
  }
  return options;
}

json CommandOptions::checked(const std::string& command, const json& options) const {
  json made = json::object();
  if (options.is_null()) return made;
  if (!options.is_object()) {
    throw ApiError("bad_option", "options: give an object of options by their long names")
        .about("options");
  }
  for (const auto& [name, given] : options.items()) {
    const OptionText& text = option(command, name);
    if (text.value.empty()) {
      if (!given.is_boolean()) refuse(name, shown(given) + " is not taken; give true or false");
      if (given.get<bool>()) made[name] = true;
    } else if (given.is_array()) {
      check_count(name, given);
      for (const json& one : given) made[name].push_back(value(name, text, one));
    } else {
      made[name] = given.is_number() ? given : json(value(name, text, given));
    }
  }
  return made;
}

std::vector<std::string> CommandOptions::words(const std::string& command,
                                               const json& options) const {
  for (const auto& [name, given] : options.items()) option(command, name);
  return option_words(options);
}

}  // namespace heddle::app::serve
