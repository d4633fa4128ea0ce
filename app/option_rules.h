#pragma once
// Which options mean something only with another one, or only without it. What would be ignored is
// refused.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace heddle::app {

struct OptionRule {
  enum class When { kOnlyWith, kNotWith };

  /// A long name, "--closed": it was given. Or with values, "--detector motion": it was given as
  /// one of them.
  std::string_view option;
  When when;
  /// The same, but of values the default counts too: "--task genes", "--assoc sort byte".
  std::string_view other;
};

/// THE TABLE of a command; empty for commands whose options all go together.
std::span<const OptionRule> option_rules(std::string_view command);

/// Throws CommandError (usage) naming both options, and `config_file` where one was read (else it
/// is empty). `command` has been parsed.
void obey_rules(const CLI::App& command, const std::string& config_file);

}  // namespace heddle::app
