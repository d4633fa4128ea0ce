#include "app/given_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace heddle::app {
namespace {

constexpr std::string_view kHowAndWhere[] = {"task",
                                             "output",
                                             "format",
                                             "overwrite",
                                             "threads",
                                             "device",
                                             "progress",
                                             "quiet",
                                             "verbose",
                                             "dry-run",
                                             "io-chunk",
                                             "help"};

bool changes_results(const CLI::Option& option) {
  if (option.count() == 0 || option.get_lnames().empty()) return false;  // inputs have no name
  return std::ranges::find(kHowAndWhere, option.get_lnames().front()) == std::end(kHowAndWhere);
}

}  // namespace

std::string given_options(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    if (!changes_results(*option)) continue;
    words += (words.empty() ? "--" : " --") + option->get_lnames().front();
    if (option->get_items_expected_max() == 0) continue;  // a flag
    for (const std::string& value : option->results()) words += " " + value;
  }
  return words;
}

}  // namespace heddle::app
