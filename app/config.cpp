#include "app/config.h"

#include "app/config_text.h"
#include "app/nearest.h"
#include "io/trimmed.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace heddle::app {
namespace {

/// The first line that sets `key` in `section` ("": before any), or opens it where `key` is empty;
/// 1-based, 0: none.
int line_of(const std::string& text, const std::string& section, const std::string& key) {
  std::istringstream lines(text);
  std::string inside;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = io::trimmed(line);
    if (line.starts_with('[')) {
      inside = io::trimmed(line.substr(1, line.find(']') - 1));
      if (key.empty() && inside == section) return number;
    } else if (!key.empty() && inside == section &&
               io::trimmed(line.substr(0, line.find('='))) == key) {
      return number;
    }
  }
  return 0;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

/// CLI11's reader, with every name checked before it is looked up.
class CheckedConfig : public CLI::ConfigTOML {
 public:
  CheckedConfig(const CLI::App& app, std::string preset) : app_(app), preset_(std::move(preset)) {}

  /// The items of the file, then those of the preset that it does not have.
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> merged = items_of(input);
    if (preset_.empty() || app_.get_config_ptr()->count() == 0) return merged;
    std::ifstream preset(preset_);
    for (CLI::ConfigItem& item : items_of(preset)) {
      const bool section = item.name == "++" || item.name == "--";
      const bool given = std::any_of(merged.begin(), merged.end(), [&item](const auto& known) {
        return known.name == item.name && known.parents == item.parents;
      });
      if (section || !given) merged.push_back(std::move(item));
    }
    return merged;
  }

 private:
  std::vector<CLI::ConfigItem> items_of(std::istream& input) const {
    const std::string text(std::istreambuf_iterator<char>(input), {});
    std::istringstream plain(checked(text));
    std::vector<CLI::ConfigItem> read = CLI::ConfigTOML::from_config(plain);
    for (const CLI::ConfigItem& item : read) check(item, text);
    return read;
  }

  std::string checked(const std::string& text) const {
    try {
      return plain_config(text);
    } catch (const ConfigFault& fault) {
      fail(fault.line(), fault.what());
    }
  }

  void check(const CLI::ConfigItem& item, const std::string& text) const {
    if (item.parents.size() > 1) {
      fail(line_of(text, item.parents[0] + "." + item.parents[1], ""),
           "sections inside sections have no meaning here");
    }
    const CLI::App* section = &app_;
    if (!item.parents.empty()) {
      const std::string& name = item.parents.front();
      const std::vector<std::string> known = command_names(app_);
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        fail(line_of(text, name, ""), "there is no command '" + name + "'" + meant(name, known));
      }
      section = app_.get_subcommand(name);
    }
    if (item.name == "++" || item.name == "--") return;  // where a section begins and ends
    const std::vector<std::string> known = option_names(*section);
    if (std::find(known.begin(), known.end(), item.name) != known.end()) return;
    const std::string section_name = item.parents.empty() ? "" : item.parents.front();
    const std::string owner = section_name.empty() ? "heddle" : "heddle " + section_name;
    fail(line_of(text, section_name, item.name),
         owner + " has no option '" + item.name + "'" + meant(item.name, known));
  }

  static std::string meant(const std::string& name, const std::vector<std::string>& known) {
    const std::string found = nearest(name, known);
    return found.empty() ? "" : "; did you mean '" + found + "'?";
  }

  [[noreturn]] void fail(int line, const std::string& what) const {
    const auto& files = app_.get_config_ptr()->results();
    throw CLI::ConfigError((files.empty() ? std::string("config") : files.back()) +
                           (line > 0 ? ", line " + std::to_string(line) : "") + ": " + what);
  }

  const CLI::App& app_;
  const std::string preset_;
};

}  // namespace

void declare_config(CLI::App& app, const std::string& preset) {
  app.set_config("-c,--config",
                 preset,
                 "options from a TOML file, one [section] a command; the command line wins");
  app.config_formatter(std::make_shared<CheckedConfig>(app, preset));
  app.get_config_ptr()->type_name("FILE");
  app.add_option("-x,--preset", "options by name, below those of -c (see heddle info)")
      ->type_name("NAME");
  app.allow_config_extras(CLI::config_extras_mode::error);
}

std::string config_file(const CLI::App& app) {
  const CLI::Option* option = app.get_config_ptr();
  return option == nullptr || option->results().empty() ? "" : option->results().back();
}

}  // namespace heddle::app
