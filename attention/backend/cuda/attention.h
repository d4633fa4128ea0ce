#pragma once
// Attention over a plan on the GPU, for operands in host memory: they are copied there and back, so
// this is for tests, and for callers whose work outweighs the copies. Callers that keep tensors on
// the device use module_api.h with a DeviceTileSchedule and a DeviceKeySchedule, made once for a
// plan.

#include "attention/backend/attention_op.h"
#include "attention/backend/cuda/module_api.h"

namespace heddle::attention::cuda {

/// As attention_op.h. Throws std::runtime_error with the reason where no GPU can be used, and where
/// `path` cannot run these operands. Up to kMaxSegments segments.
void attention(const AttentionArgs& args, Path path = Path::kAuto);
void attention_gradient(const AttentionGradientArgs& args, Path path = Path::kAuto);

/// The module. Throws std::runtime_error with the reason where no GPU can be used.
const ModuleApi& required_module();
/// Throws std::invalid_argument for more than kMaxSegments.
void check_segment_count(std::size_t segments);

}  // namespace heddle::attention::cuda
