#pragma once
// The options that a client gives a job or a stream: of `heddle video` and `heddle genome`, by
// their long names, as they are declared for the command line. What says how the process itself
// behaves (outputs, logs, progress, files of options) is the daemon's own to give; values that are
// paths are confined. Threads: const calls from any.

#include "app/command_text.h"
#include "app/serve/confine.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace heddle::app::serve {

class CommandOptions {
 public:
  /// `program`: all commands; `confinement` outlives it.
  CommandOptions(CommandText program, const Confinement& confinement);

  /// {"task":"genes","closed":true,"init":["1,2,3,4"]} with paths made real. Throws ApiError 400
  /// (bad_option, naming it and the nearest that there is) and 403.
  nlohmann::json checked(const std::string& command, const nlohmann::json& options) const;
  /// The same object with only its names looked up and its paths made real: of streams, which check
  /// their values themselves, and have `realtime` beside a command's options. Throws as checked().
  nlohmann::json confined(const std::string& command, nlohmann::json options) const;
  const Confinement& confinement() const { return confinement_; }
  /// The same as words of a command line: "--task=genes", "--closed".
  std::vector<std::string> words(const std::string& command, const nlohmann::json& options) const;

 private:
  const OptionText& option(const std::string& command, const std::string& name) const;
  std::string value(const std::string& name,
                    const OptionText& option,
                    const nlohmann::json& given) const;
  std::string confined_value(const std::string& name, std::string text) const;
  std::string confined_path(const std::string& name, std::string text) const;

  const CommandText program_;
  const Confinement& confinement_;
};

}  // namespace heddle::app::serve
