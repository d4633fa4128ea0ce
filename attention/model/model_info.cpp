#include "attention/model/model_info.h"

#include "attention/weights/weights_error.h"

namespace heddle::attention {
namespace {

constexpr const char* kMetadataKey = "heddle.model";

}  // namespace

ModelInfo read_model_info(const std::string& path) {
  const Weights weights(path);
  return info_of(weights, spec_of(weights));
}

ModelSpec spec_of(const Weights& weights) {
  const auto found = weights.metadata().find(kMetadataKey);
  if (found == weights.metadata().end()) {
    throw WeightsError(weights.path() + ": its metadata has no '" + kMetadataKey +
                       "': a safetensors file, but not a model of this program");
  }
  return parse_model(found->second, weights.path());
}

ModelInfo info_of(const Weights& weights, const ModelSpec& spec) {
  ModelInfo info;
  info.name = spec.name;
  info.kind = spec.kind;
  info.path = weights.path();
  for (const auto& [name, tensor] : weights.tensors()) info.parameters += tensor.size();
  info.fields = spec.fields;
  for (const auto& [name, function] : spec.functions) info.functions.push_back(name);
  return info;
}

}  // namespace heddle::attention
