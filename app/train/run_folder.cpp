#include "app/train/run_folder.h"

#include "app/exit_codes.h"
#include "attention/weights/weights_error.h"
#include "pipeline/pack/data_set.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {kCheckpointFile, kWeightsFile, kLogFile, kCurveFile};

/// Writing over a model that a run reads would be the end of both.
void require_other_model(const TrainOptions& options) {
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
}

}  // namespace

RunFolder::RunFolder(const TrainOptions& options)
    : folder_(options.output), resume_(options.resume) {
  require_other_model(options);
  const std::string checkpoint = path(kCheckpointFile);
  if (resume_ && !fs::exists(checkpoint)) {
    throw CommandError(kInput, checkpoint + ": no such file; there is nothing to resume");
  }
  const bool there = fs::exists(checkpoint) || fs::exists(path(kWeightsFile));
  if (there && !resume_ && !options.overwrite) {
    throw CommandError(
        kOutput, folder_ + ": holds a training run; --resume goes on with it, -y begins again");
  }
  std::error_code error;
  made_ = fs::create_directories(folder_, error);
  if (error) throw CommandError(kOutput, folder_ + ": " + error.message());
}

RunFolder::~RunFolder() {
  if (begun_) return;
  pipeline::remove_data(new_data());
  std::error_code error;
  if (made_) fs::remove(folder_, error);  // only if it is empty
}

void RunFolder::begin() {
  if (fs::exists(new_data())) {
    try {
      pipeline::take_name(new_data(), data());
    } catch (const attention::WeightsError& error) {
      throw CommandError(kOutput, error.what());
    }
  }
  begun_ = true;
  if (resume_) return;
  std::error_code error;
  for (const char* name : kFiles) fs::remove(path(name), error);
}

std::string RunFolder::path(const char* name) const { return (fs::path(folder_) / name).string(); }

}  // namespace heddle::app
