#include "pipeline/heads/genes/error_models.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr NamedErrorModel kModels[] = {
    {.name = "auto", .model = ErrorModel::kAuto},
    {.name = "none", .model = ErrorModel::kNone},
    {.name = "hifi", .model = ErrorModel::kIndels, .shift = 20},
    {.name = "ont", .model = ErrorModel::kIndels},
    {.name = "clr", .model = ErrorModel::kIndels},
    {.name = "illumina", .model = ErrorModel::kNone},
    {.name = "on", .model = ErrorModel::kIndels},
};

}  // namespace

std::span<const NamedErrorModel> error_models() { return kModels; }

const NamedErrorModel& error_model_named(std::string_view name) {
  const auto found = std::ranges::find(kModels, name, &NamedErrorModel::name);
  if (found != std::end(kModels)) return *found;
  std::string names;
  for (const NamedErrorModel& one : kModels) {
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  throw std::invalid_argument("no error model is called '" + std::string(name) + "'; there are " +
                              names);
}

}  // namespace heddle::pipeline
