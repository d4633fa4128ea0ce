#include "app/option_rules.h"

#include "app/exit_codes.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace heddle::app {
namespace {

constexpr auto kOnlyWith = OptionRule::When::kOnlyWith;
constexpr auto kNotWith = OptionRule::When::kNotWith;

constexpr OptionRule kGenomeRules[] = {
    {"--model", kOnlyWith, "--task genes"},
    {"--device", kOnlyWith, "--task genes"},
    {"--genetic-code", kOnlyWith, "--task genes"},
    {"--error-model", kOnlyWith, "--task genes"},
    {"--classes", kOnlyWith, "--task genes"},
    {"--min-length", kOnlyWith, "--task genes"},
    {"--closed", kOnlyWith, "--task genes"},
    {"--lift", kOnlyWith, "--task genes"},
    {"--consensus", kOnlyWith, "--lift"},
    {"--min-support", kOnlyWith, "--consensus"},
    {"--passes", kOnlyWith, "--task genes"},
    {"--values", kOnlyWith, "--task genes"},
    {"--memory", kOnlyWith, "--task genes"},
    {"--motifs", kOnlyWith, "--task motifs"},
    {"--p-value", kOnlyWith, "--task motifs"},
    {"--mismatches", kOnlyWith, "--task motifs"},
    {"--fdr", kOnlyWith, "--task motifs"},
    {"--background", kOnlyWith, "--task motifs"},
    {"--pseudocount", kOnlyWith, "--task motifs"},
    {"--min-repeat", kOnlyWith, "--task repeats"},
    {"--min-identity", kOnlyWith, "--task repeats"},
    {"--pairs-per-locus", kOnlyWith, "--task repeats"},
    {"--max-distance", kOnlyWith, "--task repeats"},
};

constexpr OptionRule kVideoRules[] = {
    {"--settings", kOnlyWith, "--init"},
    {"--conf", kOnlyWith, "--detector onnx"},
    {"--iou", kOnlyWith, "--detector onnx"},
    {"--classes", kOnlyWith, "--detector onnx"},
    {"--labels", kOnlyWith, "--detector onnx"},
    {"--onnx-layout", kOnlyWith, "--detector onnx"},
    {"--onnx-pixels", kOnlyWith, "--detector onnx"},
    {"--onnx-size", kOnlyWith, "--detector onnx"},
    {"--detect-every", kOnlyWith, "--detector onnx"},
    {"--detect-every", kNotWith, "--assoc sort byte ocsort"},
    {"--detector onnx", kNotWith, "--init"},
    {"--detector onnx", kNotWith, "--detections"},
    {"--detections", kNotWith, "--init"},
    {"--assoc", kNotWith, "--init"},
    {"--detector motion", kNotWith, "--init"},
    {"--detector motion", kNotWith, "--detections"},
    {"--memory", kNotWith, "--assoc sort byte ocsort"},  // they go by boxes alone
    {"--model", kNotWith, "--assoc sort byte ocsort"},
    {"--device", kNotWith, "--assoc sort byte ocsort"},
    {"--size", kOnlyWith, "--detections"},
    {"--size", kNotWith, "input"},
};

/// "--assoc sort byte" -> its words.
struct Term {
  explicit Term(std::string_view text) {
    std::vector<std::string> words = CLI::detail::split(std::string(text), ' ');
    name = words.front();
    values.assign(words.begin() + 1, words.end());
  }
  /// Of a value with an argument, "onnx:FILE", the word before it counts.
  bool names(const std::string& value) const {
    const std::string word = value.substr(0, value.find(':'));
    return values.empty() || std::find(values.begin(), values.end(), word) != values.end();
  }

  std::string name;
  std::vector<std::string> values;
};

/// What holds for the run: the default where nothing was given.
std::string value_of(const CLI::Option& option) {
  return option.count() > 0 ? option.results().back() : option.get_default_str();
}

/// A stream of the daemon has not all of a command's options: it writes no files.
bool given(const CLI::App& command, const Term& term) {
  const CLI::Option* option = command.get_option_no_throw(term.name);
  return option != nullptr && option->count() > 0 && term.names(value_of(*option));
}

bool holds(const CLI::App& command, const Term& term) {
  const CLI::Option& option = *command.get_option(term.name);
  return term.values.empty() ? option.count() > 0 : term.names(value_of(option));
}

/// 'those of --task repeats are --min-repeat, --min-identity': what may have been meant instead.
std::string instead(const CLI::App& command, const OptionRule& broken) {
  const Term other(broken.other);
  if (other.values.empty()) return "";
  constexpr int kWorthListing = 6;  // all those of genes are no hint
  int count = 0;
  std::string names;
  for (const OptionRule& rule : option_rules(command.get_name())) {
    const bool fits = rule.when == kOnlyWith && Term(rule.other).name == other.name &&
                      holds(command, Term(rule.other));
    if (!fits) continue;
    ++count;
    names += (names.empty() ? "" : ", ") + std::string(rule.option);
  }
  const std::string here = other.name + " " + value_of(*command.get_option(other.name));
  return ", and this is " + here +
         (names.empty() || count > kWorthListing ? "" : ", which has " + names);
}

std::string complaint(const CLI::App& command, const OptionRule& broken) {
  const std::string option(broken.option);
  if (broken.when == kOnlyWith) {
    return option + " goes with " + std::string(broken.other) + instead(command, broken);
  }
  const Term other(broken.other);
  const std::string beside =
      other.name + (other.values.empty() ? "" : " " + value_of(*command.get_option(other.name)));
  return option + " means nothing beside " + beside + ": leave one of them out";
}

}  // namespace

std::span<const OptionRule> option_rules(std::string_view command) {
  if (command == "genome") return kGenomeRules;
  if (command == "video") return kVideoRules;
  return {};
}

void obey_rules(const CLI::App& command, const std::string& config_file) {
  for (const OptionRule& rule : option_rules(command.get_name())) {
    const bool wanted = rule.when == kOnlyWith;
    if (!given(command, Term(rule.option)) || holds(command, Term(rule.other)) == wanted) continue;
    throw CommandError(kUsage,
                       complaint(command, rule) +
                           (config_file.empty() ? "" : "; options came also from " + config_file));
  }
}

}  // namespace heddle::app
