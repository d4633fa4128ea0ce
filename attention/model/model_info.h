#pragma once
// What a model file says of itself, without its weights made ready: a list of models, or whether
// one knows what is asked of it. Threads: plain functions. Errors: WeightsError naming the file.

#include "attention/model/model.h"
#include "attention/model/program.h"
#include "attention/weights/safetensors.h"

namespace heddle::attention {

/// Of the file; sha256 is left empty, for it costs a reading of all of it. Tensors are checked as
/// the container's, not as the functions'.
ModelInfo read_model_info(const std::string& path);

/// The two halves of it, for Model::load().
ModelSpec spec_of(const Weights& weights);
ModelInfo info_of(const Weights& weights, const ModelSpec& spec);

}  // namespace heddle::attention
