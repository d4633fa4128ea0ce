#include "app/serve/about.h"

#include "app/jobs.h"
#include "app/version.h"
#include "attention/backend/backend.h"
#include "attention/model/model.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace heddle::app::serve {

nlohmann::json about(const StreamServices& services) {
  using nlohmann::json;
  json models = json::array();
  json kinds = json::array();
  std::string backend = "none";
  for (const auto& [kind, model] :
       {std::pair("video", services.video_model), std::pair("genome", services.genome_model)}) {
    if (model == nullptr) continue;
    kinds.push_back(kind);
    models.push_back({{"name", model->info().name}, {"kind", model->info().kind}});
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
          {"models", std::move(models)},
          {"kinds", std::move(kinds)},
          {"formats", std::move(formats)}};
}

}  // namespace heddle::app::serve
