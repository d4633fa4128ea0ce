#include "app/given_options.h"

#include "app/run_facts.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace heddle::app {
namespace {

/// Reports name the task; the others say on what and in which form, not what was found.
constexpr std::string_view kLeftOut[] = {"task", "format", "device"};

bool is_told(const CLI::Option& option) {
  if (option.count() == 0 || option.get_lnames().empty()) return false;  // inputs have no name
  const std::string& name = option.get_lnames().front();
  return may_change_results(name) && std::ranges::find(kLeftOut, name) == std::end(kLeftOut);
}

}  // namespace

std::string given_options(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    if (!is_told(*option)) continue;
    words += (words.empty() ? "--" : " --") + option->get_lnames().front();
    if (option->get_items_expected_max() == 0) continue;  // a flag
    for (const std::string& value : option->results()) words += " " + value;
  }
  return words;
}

}  // namespace heddle::app
