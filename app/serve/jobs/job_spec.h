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

/// With every value checked. Throws ApiError 400, 403 or 404 naming the field.
JobSpec parse_job(const nlohmann::json& json,
                  const Confinement& confinement,
                  const CommandOptions& options);

/// What its process would refuse before it began: outputs that exist, a folder or a model that is
/// not there, inputs that the options do not suit. Before it is queued, not where it goes on.
/// Throws ApiError 400 or 409.
void check_start(const JobSpec& spec, const Confinement& confinement);

/// The words behind `heddle`; with `resume` the run goes on with what an earlier one left.
/// `threads`: of a job that names none; 0: every core.
std::vector<std::string> words_of(const JobSpec& spec,
                                  const CommandOptions& options,
                                  bool resume,
                                  int threads = 0);

}  // namespace heddle::app::serve
