#include "app/option_rules.h"

#include "app/command.h"
#include "app/interrupt.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <set>

namespace heddle::app {
namespace {

// Those that mean something to every task of heddle genome, and with every way of heddle video.
// An option in neither list has been forgotten: would a run ignore it?
const std::set<std::string> kForAll = {
    "help",          "task",     "reference", "region",   "regions-file", "require-flags",
    "exclude-flags", "min-mapq", "circular",  "io-chunk", "output",       "format",
    "overwrite",     "threads",  "progress",  "quiet",    "verbose",      "dry-run",
    "dump-config",   "init",     "detector",  "frames",   "ss",           "to",
    "stride",        "fps"};

class Rules : public testing::TestWithParam<AddCommand> {
 protected:
  Rules() { GetParam()(app_, session_); }
  const CLI::App& command() { return *app_.get_subcommands(nullptr).front(); }

  Interrupt interrupt_;
  Session session_{interrupt_, 0, ""};
  CLI::App app_;
};

TEST_P(Rules, NameOptionsThatThereAre) {
  for (const OptionRule& rule : option_rules(command().get_name())) {
    for (const std::string_view term : {rule.option, rule.other}) {
      const std::string name(term.substr(0, term.find(' ')));
      EXPECT_NE(command().get_option_no_throw(name), nullptr) << name;
    }
  }
}

TEST_P(Rules, LeaveNoOptionWithoutADecision) {
  std::set<std::string> ruled;
  for (const OptionRule& rule : option_rules(command().get_name())) {
    ruled.emplace(rule.option.substr(2, rule.option.find(' ') - 2));
  }
  for (const CLI::Option* option : command().get_options()) {
    for (const std::string& name : option->get_lnames()) {
      EXPECT_TRUE(kForAll.contains(name) || ruled.contains(name)) << "--" << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Commands, Rules, testing::Values(add_genome_command, add_video_command));

}  // namespace
}  // namespace heddle::app
