#include "app/train/run_folder.h"

#include "app/exit_codes.h"
#include "attention/weights/weights_error.h"
#include "io/durable_name.h"
#include "pipeline/pack/data_set.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

constexpr char kCheckpoint[] = "checkpoint.safetensors";
constexpr char kNewCheckpoint[] = "checkpoint.safetensors.new";
constexpr char kLog[] = "log.jsonl";
constexpr char kNewLog[] = "log.jsonl.new";
constexpr const char* kFiles[] = {
    kNewCheckpoint, kCheckpoint, "weights.safetensors", kNewLog, kLog, "loss.svg"};

/// Writing over a model that a run reads would be the end of both.
const std::string& require_other_model(const TrainOptions& options) {
  for (const char* name : kFiles) {
    const fs::path ours = fs::path(options.output) / name;
    for (const auto& [option, model] :
         {std::pair{"--from", &options.from}, std::pair{"--teacher", &options.teacher}}) {
      std::error_code error;
      if (!fs::equivalent(ours, *model, error)) continue;
      throw CommandError(kUsage,
                         "train: " + ours.string() + " is the model of " + option +
                             ", and a file that this run would write; name another folder with "
                             "-o");
    }
  }
  return options.output;
}

/// FILE.partial, or FILE.partial-NUMBER, of one of our files.
bool is_partial(std::string_view name) {
  constexpr std::string_view kPartial = ".partial";
  for (const std::string_view ours : kFiles) {
    if (!name.starts_with(ours)) continue;
    const std::string_view rest = name.substr(ours.size());
    if (!rest.starts_with(kPartial)) continue;
    const std::string_view number = rest.substr(kPartial.size());
    const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
    if (number.empty() || (number.size() > 1 && number[0] == '-' &&
                           std::all_of(number.begin() + 1, number.end(), digit))) {
      return true;
    }
  }
  return false;
}

/// What killed runs were writing: whoever holds the lock is the only one who writes here.
void remove_partials(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (is_partial(entry.path().filename().string())) found.push_back(entry.path());
  }
  for (const fs::path& file : found) fs::remove(file, error);
}

void rename_file(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw CommandError(kOutput,
                       to + ": cannot take its name from " + from + ": " + error.message());
  }
  io::make_name_durable(to);
}

}  // namespace

RunFolder::RunFolder(const TrainOptions& options)
    : folder_(require_other_model(options)), lock_(folder_), resume_(options.resume) {
  const bool stands = fs::exists(path(kNewCheckpoint));
  if (resume_ && !stands) require_no_half_run();
  const bool there = stands || fs::exists(path(kCheckpoint)) || fs::exists(weights());
  if (there && !resume_ && !options.overwrite) {
    throw CommandError(
        kOutput, folder_ + ": holds a training run; --resume goes on with it, -y begins again");
  }
  remove_partials(folder_);
  if (stands) take_over();
  pipeline::remove_data(new_data());  // of a run that was killed
  replaces_ = there && !resume_;
}

void RunFolder::require_no_half_run() const {
  if (fs::exists(path(kNewLog))) {
    throw CommandError(kInput,
                       path(kNewLog) +
                           ": is of a run that was begun anew (-y) and ended before its first "
                           "checkpoint; -y begins it again, and without this file --resume goes on "
                           "with the run before it");
  }
  if (fs::exists(path(kCheckpoint))) return;
  throw CommandError(kInput, path(kCheckpoint) + ": no such file; there is nothing to resume");
}

RunFolder::~RunFolder() { pipeline::remove_data(new_data()); }

void RunFolder::begin() {
  if (!replaces_) {
    std::error_code error;
    fs::remove(path(kNewLog), error);  // of a run whose older one was taken away meanwhile
    return name_data();
  }
  if (fs::exists(new_data())) {  // an hour later it would be too late to say so
    try {
      pipeline::require_place_for_data(data(), true);
    } catch (const attention::WeightsError& error) {
      throw CommandError(kOutput, error.what());
    }
  }
}

void RunFolder::name_data() {
  if (!fs::exists(new_data())) return;
  try {
    pipeline::take_name(new_data(), data());
  } catch (const attention::WeightsError& error) {
    throw CommandError(kOutput, error.what());
  }
}

std::string RunFolder::checkpoint() const { return path(replaces_ ? kNewCheckpoint : kCheckpoint); }

std::string RunFolder::log() const { return path(replaces_ ? kNewLog : kLog); }

void RunFolder::stands() {
  if (!replaces_) return;
  take_over();
  replaces_ = false;
}

/// In an order in which a kill between any two lines leaves the rest to be done.
void RunFolder::take_over() {
  name_data();
  std::error_code error;
  if (fs::exists(path(kNewLog))) rename_file(path(kNewLog), path(kLog));
  fs::remove(curve(), error);
  rename_file(path(kNewCheckpoint), path(kCheckpoint));
}

void RunFolder::leave_as_it_was() {
  std::error_code error;
  if (replaces_) fs::remove(path(kNewLog), error);
}

std::string RunFolder::path(const char* name) const { return (fs::path(folder_) / name).string(); }

}  // namespace heddle::app
