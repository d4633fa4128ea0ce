#include "app/serve/streams/stream_options.h"

#include "app/exit_codes.h"
#include "app/init_boxes.h"
#include "app/motifs.h"
#include "app/option_rules.h"
#include "app/repeats.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace heddle::app::serve {
namespace {

/// They are the server's, or have a field of their own.
constexpr std::string_view kServers[] = {"threads",
                                         "device",
                                         "model",
                                         "progress",
                                         "log",
                                         "quiet",
                                         "verbose",
                                         "dump-config",
                                         "dry-run",
                                         "task"};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw std::invalid_argument("options." + name + ": " + why);
}

std::string text_of_value(const std::string& name, const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  refuse(name, "give text, a number, true, false, or a list of texts or numbers");
}

/// With '=' or white space inside, a name would bring a value that nobody has looked at.
bool is_long_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && name.find_first_of("= \t\n\v\f\r") == name.npos;
}

/// {"frames": 5} -> "--frames=5", in reverse order, as CLI11 takes them.
std::vector<std::string> words_of(const nlohmann::json& options) {
  std::vector<std::string> words;
  for (const auto& [name, value] : options.items()) {
    if (std::ranges::find(kServers, name) != std::end(kServers)) {
      refuse(name, "is not a stream's to set; leave it out");
    }
    if (!is_long_name(name)) refuse(name, "is no option's long name");
    if (value.is_boolean()) {
      if (value.get<bool>()) words.push_back("--" + name);
    } else if (value.is_array()) {
      for (const auto& one : value) words.push_back("--" + name + "=" + text_of_value(name, one));
    } else {
      words.push_back("--" + name + "=" + text_of_value(name, value));
    }
  }
  std::ranges::reverse(words);
  return words;
}

void declare_all(CLI::App& command, StreamOptions& options, RunOptions& run, MotifOptions& motifs) {
  command.set_help_flag("");
  command.option_defaults()->always_capture_default();
  declare(command, run);  // the rules name some of them
  if (command.get_name() == "video") {
    declare(command, options.video);
    command.add_flag("--realtime", options.realtime);
    return;
  }
  declare(command, options.genome);
  declare(command, motifs);
  declare(command, options.repeats);
}

void check_video(StreamOptions& options) {
  options.boxes = parse_boxes(options.video.init);
  if (options.video.detector == "none" && options.boxes.empty() &&
      options.video.detections.empty()) {
    throw CommandError(kUsage, "detector none leaves nothing to track; give init or detections");
  }
}

}  // namespace

StreamOptions parse_options(const StreamSpec& spec) {
  StreamOptions options;
  RunOptions run;
  MotifOptions motifs;
  CLI::App command("", spec.kind);
  declare_all(command, options, run, motifs);
  std::vector<std::string> words = words_of(spec.options);
  if (spec.kind == "genome") words.insert(words.begin(), "--task=" + spec.task);
  words.insert(words.begin(), {spec.input, "--"});  // the last, read from the back
  try {
    command.parse(words);
    obey_rules(command, "");
    if (spec.kind == "video") check_video(options);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(std::string("options: ") + error.what());
  } catch (const CommandError& error) {
    throw std::invalid_argument(std::string("options: ") + error.what());
  }
  options.facts = that_matter(facts_of_options(command));
  return options;
}

}  // namespace heddle::app::serve
