#pragma once
// The command line as text, read from the declarations: what the manual page and the completions
// are made of, so that neither can name an option that is not there.

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heddle::app {

struct OptionText {
  std::vector<std::string> short_names;  // "-t"
  std::vector<std::string> names;        // "--threads"; of an argument "input"
  std::string value;                     // "N", empty: a flag
  std::vector<std::string> choices;      // all that the value may be, empty: anything
  bool several = false;                  // of the choices, with commas between them
  std::string help;
  std::string preset;  // its default, empty: none worth saying
  bool argument = false;
};

struct CommandText {
  std::string name;  // "genome"
  std::string help;
  std::string footer;  // examples, as --help shows them
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
};

CommandText command_text(const CLI::App& app);

/// A manual page (man 7 man) of the program, its commands in sections.
std::string man_page(const CommandText& program, const std::string& version);

/// Completions: commands, options, and values where there are only so many.
std::string bash_completions(const CommandText& program);
std::string zsh_completions(const CommandText& program);
std::string fish_completions(const CommandText& program);

}  // namespace heddle::app
