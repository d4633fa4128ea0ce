#include "app/serve/stream.h"

#include "app/jobs.h"
#include "app/joined.h"
#include "app/serve/bad_field.h"
#include "app/serve/streams/running_stream.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::app::serve {
namespace {

constexpr std::string_view kFields[] = {"id",
                                        "kind",
                                        "task",
                                        "name",
                                        "input",
                                        "url",
                                        "path",
                                        "policy",
                                        "priority",
                                        "memory_budget",
                                        "options"};
constexpr int kMostPriority = 1000;
constexpr std::size_t kLeastBudget = std::size_t{1} << 20;

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
  throw BadField(field, why);
}

std::string text_field(const nlohmann::json& json, const char* name, std::string otherwise) {
  const auto found = json.find(name);
  if (found == json.end()) return otherwise;
  if (!found->is_string()) refuse(name, shown(*found) + " is not taken; give text");
  auto text = found->get<std::string>();
  if (text.find('\0') != text.npos) refuse(name, "holds a zero byte");
  return text;
}

std::int64_t whole_field(const nlohmann::json& json, const char* name, std::int64_t otherwise) {
  const auto found = json.find(name);
  if (found == json.end()) return otherwise;
  if (!found->is_number_integer() || found->get<double>() > 9e15) {
    refuse(name, shown(*found) + " is not taken; give a whole number");
  }
  return found->get<std::int64_t>();
}

std::string input_field(const nlohmann::json& json) {
  std::string input;
  for (const char* name : {"input", "url", "path"}) {
    if (!json.contains(name)) continue;
    if (!input.empty()) refuse(name, "is one too many; give one of input, url and path");
    input = text_field(json, name, "");
    if (input.empty()) refuse(name, "is empty");
  }
  if (input.empty()) refuse("input", "is missing; give a path, an address, device:N, or 'upload'");
  if (input == "-") refuse("input", "a server has no standard input; use 'upload'");
  return input;
}

std::string task_field(const nlohmann::json& json, const std::string& kind) {
  const std::vector<std::string> tasks = kind == "video"
                                             ? std::vector<std::string>{"tracks"}
                                             : std::vector<std::string>{"genes", "repeats"};
  std::string task = text_field(json, "task", tasks.front());
  if (std::ranges::find(tasks, task) != tasks.end()) return task;
  refuse("task", shown(task) + " is not taken; a " + kind + " stream has " + joined(tasks, " or "));
}

void check_fields(const nlohmann::json& json) {
  if (!json.is_object()) {
    refuse("stream", "is no JSON object, {\"kind\": ..., \"input\": ...}");
  }
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::find(kFields, name) == std::end(kFields)) {
      refuse(name, "no such field of a stream");
    }
  }
}

}  // namespace

nlohmann::json StreamSpec::to_json() const {
  return {{"id", id},
          {"kind", kind},
          {"task", task},
          {"name", name},
          {"input", input},
          {"policy", policy},
          {"priority", priority},
          {"memory_budget", memory_budget},
          {"options", options}};
}

StreamSpec StreamSpec::from_json(const nlohmann::json& json) {
  check_fields(json);
  StreamSpec spec;
  spec.id = text_field(json, "id", "");
  if (!json.contains("kind")) refuse("kind", "is missing; give video or genome");
  spec.kind = text_field(json, "kind", "");
  if (spec.kind != "video" && spec.kind != "genome") {
    refuse("kind", shown(spec.kind) + " is not taken; give video or genome");
  }
  spec.task = task_field(json, spec.kind);
  spec.input = input_field(json);
  spec.name = text_field(json, "name", "");
  spec.policy = text_field(json, "policy", "auto");
  if (spec.policy != "auto" && spec.policy != "block" && spec.policy != "drop_oldest") {
    refuse("policy", shown(spec.policy) + " is not taken; give auto, block or drop_oldest");
  }
  if (spec.kind == "genome" && spec.policy == "drop_oldest") {
    refuse("policy", "a genome is read whole or not at all; drop_oldest is for video");
  }
  const std::int64_t priority = whole_field(json, "priority", 0);
  if (priority < -kMostPriority || priority > kMostPriority) {
    refuse("priority", std::to_string(priority) + " is not taken; give -1000 to 1000");
  }
  spec.priority = static_cast<int>(priority);
  const std::int64_t budget =
      whole_field(json, "memory_budget", static_cast<std::int64_t>(spec.memory_budget));
  if (budget < static_cast<std::int64_t>(kLeastBudget)) {
    refuse("memory_budget", std::to_string(budget) + " is not taken; give at least 1048576 bytes");
  }
  spec.memory_budget = static_cast<std::size_t>(budget);
  spec.options = json.value("options", nlohmann::json::object());
  if (spec.options.is_null()) spec.options = nlohmann::json::object();
  if (!spec.options.is_object()) {
    refuse("options", shown(spec.options) + " is not taken; give an object, {\"frames\": 100}");
  }
  return spec;
}

std::string_view name_of(StreamState state) {
  constexpr std::string_view kNames[] = {"connecting",
                                         "waiting",
                                         "running",
                                         "stalled",
                                         "retrying",
                                         "draining",
                                         "done",
                                         "failed",
                                         "stopped"};
  return kNames[static_cast<std::size_t>(state)];
}

bool ended(StreamState state) {
  return state == StreamState::kDone || state == StreamState::kFailed ||
         state == StreamState::kStopped;
}

std::unique_ptr<Stream> start_stream(StreamSpec spec, const StreamServices& services) {
  return std::make_unique<RunningStream>(std::move(spec), services);
}

}  // namespace heddle::app::serve
