#include "app/serve/about.h"

#include "app/jobs.h"
#include "app/models.h"
#include "app/version.h"
#include "attention/backend/backend.h"
#include "attention/model/model.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace heddle::app::serve {

namespace {

using nlohmann::json;

bool is_file_of(const attention::ModelInfo& model, const std::string& path) {
  std::error_code none;
  return std::filesystem::equivalent(model.path, path, none);
}

/// Those of the streams, by their kinds, then what is installed: jobs may use all of these.
json models_of(const std::vector<attention::ModelInfo>& served) {
  std::vector<attention::ModelInfo> others = installed_model_infos();
  json models = json::array();
  for (const attention::ModelInfo& model : served) {
    const auto same = std::ranges::find_if(
        others, [&](const attention::ModelInfo& other) { return is_file_of(other, model.path); });
    const std::string name = same == others.end() ? model.name : same->name;
    models.push_back({{"name", name}, {"kind", model.kind}, {"streams", true}});
    if (same != others.end()) others.erase(same);
  }
  for (const attention::ModelInfo& model : others) {
    models.push_back({{"name", model.name}, {"kind", model.kind}, {"streams", false}});
  }
  return models;
}

}  // namespace

nlohmann::json about(const StreamServices& services) {
  std::vector<attention::ModelInfo> models;
  json kinds = json::array();
  std::string backend = "none";
  for (const auto& [kind, model] :
       {std::pair("video", services.video_model), std::pair("genome", services.genome_model)}) {
    if (model == nullptr) continue;
    kinds.push_back(kind);
    models.push_back(model->info());
    backend = model->backend().name();
  }
  json formats = json::object();
  for (const Job& job : jobs()) {
    json& list = formats[job.command];
    for (const std::string& format : job.formats) {
      if (std::ranges::find(list, json(format)) == list.end()) list.push_back(format);
    }
  }
  return {{"version", kVersion},
          {"backend", backend},
          {"models", models_of(models)},
          {"kinds", std::move(kinds)},
          {"formats", std::move(formats)}};
}

}  // namespace heddle::app::serve
