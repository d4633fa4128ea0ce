#include "app/serve/jobs/job_spec.h"

#include "app/backend_choice.h"
#include "app/exit_codes.h"
#include "app/gene_classes.h"
#include "app/genome_inputs.h"
#include "app/input_facts.h"
#include "app/jobs.h"
#include "app/joined.h"
#include "app/models.h"
#include "app/output_plan.h"
#include "app/serve/api/error.h"
#include "app/serve/api/json_body.h"
#include "app/serve/command_values.h"
#include "app/serve/passwords.h"
#include "attention/model/model_info.h"
#include "attention/weights/weights_error.h"
#include "io/error.h"

#include <algorithm>
#include <iterator>

namespace heddle::app::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kMostInputs = 1024;

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
  throw ApiError("bad_job", field + ": " + why).about(field);
}

std::string within_length(const std::string& field, std::string text) {
  if (text.size() <= kMostPathBytes) return text;
  refuse(field,
         "has " + std::to_string(text.size()) + " bytes; at most " +
             std::to_string(kMostPathBytes) + " are taken");
}

std::string text_of(const json& asked, const char* field) {
  const auto found = asked.find(field);
  if (found == asked.end()) refuse(field, "is missing");
  if (!found->is_string()) refuse(field, shown(*found) + " is not taken; give text");
  return within_length(field, found->get<std::string>());
}

std::vector<std::string> texts_of(const json& asked, const char* field) {
  std::vector<std::string> texts;
  const auto found = asked.find(field);
  if (found == asked.end()) return texts;
  if (!found->is_array() || found->size() > kMostInputs) {
    refuse(field, shown(*found) + " is not taken; give a list of at most 1024 texts");
  }
  for (const auto& one : *found) {
    if (!one.is_string()) refuse(field, shown(one) + " is not taken; give a list of texts");
    texts.push_back(within_length(field, one.get<std::string>()));
  }
  return texts;
}

/// What no job of the command writes is refused here, before a process is started for it.
void check_formats(const JobSpec& spec) {
  const auto& table = jobs();
  for (const std::string& format : spec.formats) {
    const bool known = std::ranges::any_of(
        table, [&](const Job& job) { return job.command == spec.command && job.writes(format); });
    if (!known) {
      refuse("formats",
             shown(format) + " is not taken; heddle " + spec.command + " writes " +
                 formats_help(spec.command));
    }
  }
}

CommandValues values_of(const JobSpec& spec) {
  try {
    return read_values(spec.command, spec.options, spec.inputs);
  } catch (const BadField& error) {
    throw api_error(error, "bad_job");
  }
}

/// `call`, and what it refuses said of this field.
template <typename Call>
auto about(const char* field, Call call) {
  try {
    return call();
  } catch (const ApiError& error) {
    throw error.about(field);
  }
}

/// A refusal of the command line; paths and addresses as they may be shown.
ApiError refusal_of(const CommandError& error, const JobSpec& spec) {
  std::string why = for_clients(error.what());
  for (const std::string& input : spec.inputs) why = concealed(std::move(why), input);
  if (error.code() == kOutput) return ApiError("bad_output", "output: " + why).about("output");
  if (error.code() == kResource) {
    return ApiError("bad_option", "options.device: " + why).about("options.device");
  }
  if (error.code() == kModel) {
    return ApiError("bad_option", "options.model: " + why).about("options.model");
  }
  return {"bad_job", why};
}

/// Whether the process could have it: here the same back ends are there.
void check_device(const std::string& device) {
  try {
    backend_named(device);
  } catch (const CommandError& error) {
    constexpr std::string_view kOption = "-d ";
    std::string why = error.what();
    if (why.starts_with(kOption)) why.erase(0, kOption.size());
    throw CommandError(kResource, why);
  }
}

/// What the process would find out once it had loaded the model.
void check_model(const CommandValues& values, const Job& job) {
  const std::string& asked = values.run.model;
  const std::string file = find_model(asked.empty() ? job.default_model : asked).string();
  try {
    const attention::ModelInfo model = attention::read_model_info(file);
    if (model.kind != job.kind) {
      throw CommandError(
          kModel,
          "is of kind '" + model.kind + "', heddle " + job.command + " needs '" + job.kind + "'");
    }
    const std::string why_not = why_no_rna(values.genome, model);
    if (why_not.empty()) return;
    throw ApiError("bad_option",
                   "options.classes: " + why_not + "; genes-tiny, the default, does, and genes-rna")
        .about("options.classes");
  } catch (const attention::WeightsError& error) {
    throw CommandError(kModel, error.what());
  }
}

/// What is wrong with names and formats is said of the field that gave them.
std::vector<std::vector<OutputTarget>> planned_outputs(const OutputRequest& request) {
  try {
    return plan_outputs(request);
  } catch (const CommandError& error) {
    if (error.code() != kUsage) throw;
    std::string why = for_clients(error.what());
    for (const std::string& input : request.inputs) why = concealed(std::move(why), input);
    const std::string_view said = error.what();
    const auto says = [said](std::string_view part) { return said.find(part) != said.npos; };
    if (said.starts_with("-o ") || says(" and -o ")) refuse("output", why);
    refuse(says(" is given twice") || says(" would both be ") ? "inputs" : "formats", why);
  }
}

void plan(const JobSpec& spec, CommandValues values, const Confinement& confinement) {
  values.output.path = spec.output;
  values.output.formats = spec.formats;
  const bool video = spec.command == "video";
  const Job& job = video ? job_of("video") : job_of("genome", values.genome.task);
  const std::vector<std::string> also_read{
      values.video.detections, values.genome.reference, values.run.model};
  const auto planned = planned_outputs({values.output, spec.inputs, job, also_read});
  // Those of a folder have names of their own.
  for (const auto& targets : planned) {
    for (const OutputTarget& target : targets) {
      about("output", [&] { return confinement.output(target.path); });
    }
  }
  if (!video) check_files(values.genome, planned.front());
  if (job.kind.empty()) return;
  check_device(values.run.device);
  check_model(values, job);
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
    refuse("command", shown(spec.command) + " is not taken; give video or genome");
  }
  for (const std::string& input : texts_of(json, "inputs")) {
    spec.inputs.push_back(about("inputs", [&] {
      return Confinement::looks_like_url(input) ? confinement.url(input) : confinement.input(input);
    }));
  }
  if (spec.inputs.empty()) refuse("inputs", "is empty; give at least one path");
  spec.output = about("output", [&] { return confinement.output(text_of(json, "output")); });
  spec.formats = texts_of(json, "formats");
  check_formats(spec);
  spec.options = options.checked(spec.command, json.value("options", nlohmann::json::object()));
  values_of(spec);
  return spec;
}

void check_start(const JobSpec& spec, const Confinement& confinement) {
  try {
    plan(spec, values_of(spec), confinement);
  } catch (const CommandError& error) {
    throw refusal_of(error, spec);
  } catch (const io::InputError& error) {
    throw ApiError("bad_job", concealed(error.what(), spec.inputs.front()));
  }
}

std::vector<std::string> words_of(const JobSpec& spec,
                                  const CommandOptions& options,
                                  bool resume,
                                  int threads) {
  std::vector<std::string> words{spec.command, "--progress=json"};
  const bool own = spec.options.contains("threads");
  if (threads > 0 && !own) words.push_back("--threads=" + std::to_string(threads));
  std::ranges::move(options.words(spec.command, spec.options), std::back_inserter(words));
  if (!spec.formats.empty()) words.push_back("--format=" + joined(spec.formats, ","));
  // What cannot be read again, as what came over the network, begins anew: its process would refuse
  // --resume. It does what it can beside --overwrite too: that counts only where there is nothing
  // to go on with.
  if (resume && std::ranges::all_of(spec.inputs, can_be_read_again)) words.emplace_back("--resume");
  words.push_back("--output=" + spec.output);
  words.emplace_back("--");
  words.insert(words.end(), spec.inputs.begin(), spec.inputs.end());
  return words;
}

}  // namespace heddle::app::serve
