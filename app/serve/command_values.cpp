#include "app/serve/command_values.h"

#include "app/exit_codes.h"
#include "app/init_boxes.h"
#include "app/joined.h"
#include "app/option_rules.h"
#include "app/repeats.h"
#include "app/serve/bad_field.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr const char* kOptions = "options";

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw BadField(kOptions + ("." + name), why);
}

/// With '=' or white space inside, a name would bring a value that nobody has looked at.
bool is_long_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && name.find_first_of("= \t\n\v\f\r") == name.npos;
}

std::string text_of_value(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  refuse(name, "give text, a number, true, false, or a list of texts or numbers");
}

void add_words(const std::string& name, const json& value, std::vector<std::string>& words) {
  const std::string start = "--" + name;
  if (!is_long_name(name)) refuse(name, "is no option's long name");
  if (value.is_boolean()) {
    if (value.get<bool>()) words.push_back(start);
  } else if (value.is_array()) {
    for (const json& one : value) words.push_back(start + "=" + text_of_value(name, one));
  } else {
    words.push_back(start + "=" + text_of_value(name, value));
  }
}

void declare_all(CLI::App& command, CommandValues& values) {
  command.set_help_flag("");
  command.option_defaults()->always_capture_default();
  declare(command, values.run, "--quiet");  // the rules name some of them
  declare(command, values.output, "");
  if (command.get_name() == "video") {
    declare(command, values.video);
    command.add_flag("--realtime", values.realtime);
    return;
  }
  declare(command, values.genome);
  declare(command, values.motifs);
  declare(command, values.repeats);
}

/// The part of CLI11's complaint behind `from`; empty: it is not there.
std::string behind(const std::string& text, const std::string& from) {
  const std::size_t at = text.find(from);
  return at == text.npos ? "" : text.substr(at + from.size());
}

/// "0.700000" -> "0.7".
std::string short_number(std::string number) {
  if (number.find('.') == number.npos) return number;
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
}

/// "a whole number from 1 to 2": as it was declared, else as the complaint has it ("1 to 2").
std::string range_of(const CLI::Option& option, const std::string& told) {
  const std::string type = option.get_type_name();
  std::string declared = behind(type, " in [");
  const std::size_t dash = declared.find(" - ");
  if (dash == declared.npos) {
    const std::size_t to = told.find(" to ");
    if (to == told.npos) return "a number within its range";
    return "a number from " + short_number(told.substr(0, to)) + " to " +
           short_number(told.substr(to + 4));
  }
  declared.replace(dash, 3, " to ");
  declared.erase(declared.find(']'));
  const bool whole = type.find("INT in [") != type.npos;
  return (whole ? "a whole number from " : "a number from ") + declared;
}

/// What the option takes, of what the parser said; empty: it has said so in words of ours.
std::string taken(const CLI::Option& option, const CLI::ParseError& error) {
  const std::string said = error.what();
  const std::string range = behind(said, " not in range ");
  if (!range.empty()) return range_of(option, range);
  if (std::string list = behind(said, " not in {"); !list.empty()) {
    list.pop_back();  // its brace
    return joined(CLI::detail::split(list, ','), " or ");
  }
  if (error.get_name() == "ConversionError") return "a number";
  if (error.get_name() != "ValidationError") {
    return option.get_items_expected_max() == 0 ? "true or false" : "one value";
  }
  return "";
}

/// Each option by itself, so that a complaint is about one.
void check_value(const std::string& command, const std::string& name, const json& value) {
  if (!is_long_name(name)) refuse(name, "is no option's long name");
  CommandValues values;
  CLI::App alone("", command);
  declare_all(alone, values);
  const CLI::Option* option = alone.get_option_no_throw("--" + name);
  if (option == nullptr) refuse(name, "heddle " + command + " has no such option");
  const bool flag = option->get_items_expected_max() == 0;
  if (flag != value.is_boolean()) {
    refuse(name, shown(value) + " is not taken; give " + (flag ? "true or false" : "a value"));
  }
  std::vector<std::string> words;
  add_words(name, value, words);
  words.insert(words.end(), {"--", "in"});
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    alone.parse(words);
  } catch (const CLI::ParseError& error) {
    const std::string wanted = taken(*option, error);
    if (!wanted.empty()) refuse(name, shown(value) + " is not taken; give " + wanted);
    const std::string said = error.what();
    const std::string before = "--" + name + ": ";
    refuse(name, for_clients(said.starts_with(before) ? said.substr(before.size()) : said));
  }
}

void check_video(CommandValues& values) {
  try {
    values.boxes = parse_boxes(values.video.init);
  } catch (const CommandError& error) {
    refuse("init", for_clients(error.what()));
  }
  if (!values.video.detections.empty() && values.video.inputs.size() > 1) {
    refuse("detections", "belong to one input; give one");
  }
  if (values.video.detector == "none" && values.boxes.empty() && values.video.detections.empty()) {
    refuse("detector", "none leaves nothing to track; give init or detections");
  }
}

void check_genome(const CommandValues& values) {
  if (values.genome.task == "motifs" && values.motifs.file.empty()) {
    refuse("motifs", "is missing; task motifs needs a file of matrices or FASTA patterns");
  }
}

}  // namespace

std::vector<std::string> option_words(const json& options) {
  std::vector<std::string> words;
  for (const auto& [name, value] : options.items()) add_words(name, value, words);
  return words;
}

CommandValues read_values(const std::string& command,
                          const json& options,
                          const std::vector<std::string>& inputs) {
  for (const auto& [name, value] : options.items()) check_value(command, name, value);
  std::vector<std::string> words = option_words(options);
  words.emplace_back("--");
  words.insert(words.end(), inputs.begin(), inputs.end());
  std::ranges::reverse(words);
  CommandValues values;
  CLI::App app("", command);
  declare_all(app, values);
  try {
    app.parse(words);
    obey_rules(app, "");
  } catch (const CLI::ParseError& error) {
    throw BadField(kOptions, for_clients(error.what()));
  } catch (const CommandError& error) {
    throw BadField(kOptions, for_clients(error.what()));
  }
  command == "video" ? check_video(values) : check_genome(values);
  values.facts = that_matter(facts_of_options(app));
  return values;
}

std::string for_clients(std::string message) {
  // Longer ones first. THE LIST.
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"; pass -y to replace it", "; give the option overwrite (true) to replace it"},
      {"give another -o", "give another output"},
      {"-o FOLDER/", "a name that ends in /"},
      {"or say the format with -O", "or say the format in formats"},
      {"-o ", ""},
      {"--", ""},
  };
  for (const auto& [from, to] : kWords) {
    for (auto at = message.find(from); at != message.npos;
         at = message.find(from, at + to.size())) {
      message.replace(at, from.size(), to);
    }
  }
  return message;
}

}  // namespace heddle::app::serve
