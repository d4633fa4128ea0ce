#include "app/command_text.h"

#include <algorithm>

namespace heddle::app {
namespace {

/// Text that troff must not read as commands.
std::string plain(const std::string& text) {
  std::string safe;
  bool line_start = true;
  for (const char letter : text) {
    if (line_start && (letter == '.' || letter == '\'')) safe += "\\&";
    if (letter == '-') {
      safe += "\\-";
    } else if (letter == '\\') {
      safe += "\\e";
    } else {
      safe += letter;
    }
    line_start = letter == '\n';
  }
  return safe;
}

std::string heading(const OptionText& option) {
  std::string names;
  for (const auto& all : {option.short_names, option.names}) {
    for (const std::string& name : all) {
      names += (names.empty() ? "" : ", ") + ("\\fB" + plain(name) + "\\fR");
    }
  }
  return names + (option.value.empty() ? "" : " \\fI" + plain(option.value) + "\\fR");
}

std::string body(const OptionText& option) {
  std::string text = plain(option.help);
  const bool told = std::all_of(
      option.choices.begin(), option.choices.end(), [&option](const std::string& choice) {
        return option.help.find(choice) != std::string::npos;
      });
  if (!told) {
    std::string all;
    for (const std::string& choice : option.choices) all += (all.empty() ? "" : ", ") + choice;
    text += " (one of " + plain(all) + ")";
  }
  return text + (option.preset.empty() ? "" : " [" + plain(option.preset) + "]");
}

std::string options(const CommandText& command) {
  std::string text;
  for (const OptionText& option : command.options) {
    text += ".TP\n" + heading(option) + "\n" + body(option) + "\n";
  }
  return text;
}

std::string section(const CommandText& command, const std::string& path) {
  const std::string name = path + " " + command.name;
  std::string text = ".SH " + plain(name) + "\n" + plain(command.help) + ".\n" + options(command);
  if (!command.footer.empty()) text += ".PP\n.nf\n" + plain(command.footer) + "\n.fi\n";
  for (const CommandText& inner : command.commands) text += section(inner, name);
  return text;
}

}  // namespace

std::string man_page(const CommandText& program, const std::string& version) {
  std::string text = ".TH HEDDLE 1 \"\" \"heddle " + plain(version) + "\" \"User Commands\"\n";
  const std::string prefix = program.name + ": ";
  const bool named = program.help.starts_with(prefix);
  text += ".SH NAME\n" + plain(program.name) + " \\- " +
          plain(named ? program.help.substr(prefix.size()) : program.help) + "\n";
  text += ".SH SYNOPSIS\n\\fBheddle\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] \\fIIN\\fR ...\n";
  text += ".SH OPTIONS\n" + options(program);
  for (const CommandText& command : program.commands) text += section(command, program.name);
  return text + ".SH EXAMPLES AND EXIT CODES\n.nf\n" + plain(program.footer) + "\n.fi\n";
}

}  // namespace heddle::app
