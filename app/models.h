#pragma once
// Which models are there and where their files lie.

#include "attention/model/model.h"

#include <filesystem>
#include <string>
#include <vector>

namespace heddle::app {

struct InstalledModel {
  std::string name;            // folder name: genes-reference
  std::filesystem::path file;  // its weights.safetensors
};

/// Looks in $HEDDLE_MODELS (if set, only there), beside the installed executable, and in the source
/// tree; sorted by name.
std::vector<InstalledModel> installed_models();

/// Of each that can be read, what it says of itself; `name` is the folder's, by which it is asked
/// for.
std::vector<attention::ModelInfo> installed_model_infos();

/// Whether that is looked up as a path, as find_model() does: it contains / or ends in
/// .safetensors, or no model of that name is installed and it is a folder with a model.
bool is_model_path(const std::string& name_or_path);

/// A path (a folder means its weights.safetensors) or a name. Throws CommandError(kModel) naming
/// the nearest and where it looked.
std::filesystem::path find_model(const std::string& name_or_path);

/// In a model's folder.
inline constexpr const char* kModelFile = "weights.safetensors";

}  // namespace heddle::app
