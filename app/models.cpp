#include "app/models.h"

#include "app/exit_codes.h"
#include "app/nearest.h"
#include "app/this_program.h"
#include "app/version.h"
#include "attention/model/model_info.h"
#include "attention/weights/weights_error.h"

#include <algorithm>
#include <cstdlib>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> model_folders() {
  if (const char* set = std::getenv("HEDDLE_MODELS")) return {fs::path(set)};
  return {program_folder() / kInstalledModels, fs::path(kSourceModels)};
}

}  // namespace

std::vector<InstalledModel> installed_models() {
  std::vector<InstalledModel> models;
  for (const fs::path& folder : model_folders()) {
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
      const fs::path file = entry.path() / kModelFile;
      const std::string name = entry.path().filename().string();
      const bool known = std::any_of(
          models.begin(), models.end(), [&](const InstalledModel& m) { return m.name == name; });
      if (!known && fs::exists(file, none)) models.push_back({name, file});
    }
  }
  std::sort(models.begin(), models.end(), [](const InstalledModel& a, const InstalledModel& b) {
    return a.name < b.name;
  });
  return models;
}

std::vector<attention::ModelInfo> installed_model_infos() {
  std::vector<attention::ModelInfo> infos;
  for (const InstalledModel& model : installed_models()) {
    try {
      infos.push_back(attention::read_model_info(model.file.string()));
      infos.back().name = model.name;
    } catch (const attention::WeightsError&) {
      continue;  // no job could use it
    }
  }
  return infos;
}

bool is_model_path(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".safetensors")) {
    return true;
  }
  std::error_code none;
  return !name_or_path.empty() && fs::exists(fs::path(name_or_path) / kModelFile, none) &&
         std::ranges::none_of(installed_models(),
                              [&](const InstalledModel& m) { return m.name == name_or_path; });
}

fs::path find_model(const std::string& name_or_path) {
  if (is_model_path(name_or_path)) {
    if (!fs::exists(name_or_path))
      throw CommandError(kModel, "model " + name_or_path + ": no such file");
    const fs::path inside = fs::path(name_or_path) / kModelFile;
    return fs::is_directory(name_or_path) ? inside : fs::path(name_or_path);
  }
  std::vector<std::string> names;
  for (const InstalledModel& model : installed_models()) {
    if (model.name == name_or_path) return model.file;
    names.push_back(model.name);
  }
  std::string where;
  for (const fs::path& folder : model_folders())
    where += (where.empty() ? "" : ", ") + folder.lexically_normal().string();
  const std::string meant = nearest(name_or_path, names);
  throw CommandError(kModel,
                     "model '" + name_or_path + "' is not in " + where +
                         (meant.empty() ? "; see heddle info" : "; did you mean " + meant + "?"));
}

}  // namespace heddle::app
