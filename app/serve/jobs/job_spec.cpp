#include "app/serve/jobs/job_spec.h"

#include "app/jobs.h"
#include "app/joined.h"
#include "app/serve/api/error.h"
#include "app/serve/api/json_body.h"

#include <algorithm>
#include <iterator>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kMostInputs = 1024;

[[noreturn]] void refuse(const std::string& what) { throw ApiError(400, "bad_job", what); }

std::string text_of(const json& asked, const char* field) {
  const auto found = asked.find(field);
  if (found == asked.end()) refuse(std::string("the field '") + field + "' is missing");
  if (!found->is_string()) refuse(std::string("the field '") + field + "' is a text");
  return found->get<std::string>();
}

std::vector<std::string> texts_of(const json& asked, const char* field) {
  std::vector<std::string> texts;
  const auto found = asked.find(field);
  if (found == asked.end()) return texts;
  if (!found->is_array() || found->size() > kMostInputs) {
    refuse(std::string("the field '") + field + "' is a list of at most 1024 texts");
  }
  for (const auto& one : *found) {
    if (!one.is_string()) refuse(std::string("the field '") + field + "' is a list of texts");
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

/// What no job of the command writes is refused here, before a process is started for it.
void check_formats(const JobSpec& spec) {
  const auto& table = jobs();
  for (const std::string& format : spec.formats) {
    const bool known = std::ranges::any_of(
        table, [&](const Job& job) { return job.command == spec.command && job.writes(format); });
    if (!known) refuse("heddle " + spec.command + " writes no '" + format + "'");
  }
}

}  // namespace

json JobSpec::to_json() const {
  return {{"command", command},
          {"inputs", inputs},
          {"output", output},
          {"formats", formats},
          {"options", options}};
}

JobSpec JobSpec::from_record(const json& record) {
  JobSpec spec;
  record.at("command").get_to(spec.command);
  record.at("inputs").get_to(spec.inputs);
  record.at("output").get_to(spec.output);
  record.at("formats").get_to(spec.formats);
  spec.options = record.at("options");
  return spec;
}

JobSpec parse_job(const json& json, const Confinement& confinement, const CommandOptions& options) {
  only_fields(json, {"command", "inputs", "output", "formats", "options"});
  JobSpec spec;
  spec.command = text_of(json, "command");
  if (spec.command != "video" && spec.command != "genome") {
    refuse("'command' is video or genome, not '" + spec.command + "'");
  }
  for (const std::string& input : texts_of(json, "inputs")) {
    spec.inputs.push_back(Confinement::looks_like_url(input) ? confinement.url(input)
                                                             : confinement.input(input));
  }
  if (spec.inputs.empty()) refuse("the field 'inputs' is a list of at least one path");
  spec.output = confinement.output(text_of(json, "output"));
  spec.formats = texts_of(json, "formats");
  check_formats(spec);
  spec.options = options.checked(spec.command, json.value("options", nlohmann::json::object()));
  return spec;
}

std::vector<std::string> words_of(const JobSpec& spec, const CommandOptions& options, bool resume) {
  std::vector<std::string> words{spec.command, "--progress=json"};
  std::ranges::move(options.words(spec.command, spec.options), std::back_inserter(words));
  if (!spec.formats.empty()) words.push_back("--format=" + joined(spec.formats, ","));
  // What came over the network cannot be read again: it begins anew. --resume does what it can
  // beside --overwrite too: that counts only where there is nothing to go on with.
  const bool files = std::ranges::none_of(spec.inputs, Confinement::looks_like_url);
  if (resume && files) words.emplace_back("--resume");
  words.push_back("--output=" + spec.output);
  words.emplace_back("--");
  words.insert(words.end(), spec.inputs.begin(), spec.inputs.end());
  return words;
}

}  // namespace heddle::app::serve
