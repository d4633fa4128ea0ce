#pragma once
// What POST /v1/jobs asked for, checked: `heddle video` or `heddle genome` over files, as a process
// of its own.

#include "app/serve/command_options.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace heddle::app::serve {

struct JobSpec {
  std::string command;              // "video" or "genome"
  std::vector<std::string> inputs;  // real paths, or allowed addresses
  std::string output;               // absolute
  std::vector<std::string> formats;
  nlohmann::json options = nlohmann::json::object();

  nlohmann::json to_json() const;
  /// Of a record that to_json() made.
  static JobSpec from_record(const nlohmann::json& record);
};

/// Throws ApiError 400, 403 or 404 with a sentence naming the field.
JobSpec parse_job(const nlohmann::json& json,
                  const Confinement& confinement,
                  const CommandOptions& options);

/// The words behind `heddle`; with `resume` the run goes on with what an earlier one left.
std::vector<std::string> words_of(const JobSpec& spec, const CommandOptions& options, bool resume);

}  // namespace heddle::app::serve
