#include "app/train/recipe.h"

#include "app/config_text.h"
#include "app/exit_codes.h"
#include "app/nearest.h"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace heddle::app {
namespace {

std::vector<CLI::ConfigItem> items_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw CommandError(kInput, path + ": cannot be read; a recipe is a TOML file of options");
  }
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    std::istringstream plain(plain_config(text));
    return CLI::ConfigTOML().from_config(plain);
  } catch (const ConfigFault& fault) {
    throw CommandError(kUsage,
                       path + ", line " + std::to_string(fault.line()) + ": " + fault.what());
  }
}

[[noreturn]] void fail_unknown(const CLI::App& command,
                               const std::string& path,
                               const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& one : option->get_lnames()) names.push_back(one);
  }
  const std::string meant = nearest(name, names);
  throw CommandError(kUsage,
                     path + ": heddle train has no option '" + name + "'" +
                         (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

}  // namespace

void apply_recipe(CLI::App& command, const std::string& path) {
  for (const CLI::ConfigItem& item : items_of(path)) {
    if (item.name == "++" || item.name == "--") continue;  // where a section begins and ends
    if (!item.parents.empty()) {
      throw CommandError(kUsage,
                         path + ": has a section [" + item.parents[0] +
                             "]; a recipe has the options of heddle train, without sections");
    }
    CLI::Option* option = command.get_option_no_throw("--" + item.name);
    if (option == nullptr) fail_unknown(command, path, item.name);
    if (option->count() > 0) continue;
    if (option->get_expected_min() == 0) {  // a flag
      option->add_result(option->get_flag_value(item.name, CLI::ConfigTOML().to_flag(item)));
    } else {
      option->add_result(item.inputs);
    }
    option->run_callback();
  }
}

}  // namespace heddle::app
