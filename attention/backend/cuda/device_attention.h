#pragma once
// Attention over operands in device memory, enqueued. Inside an arena's run schedules and copies
// are kept with the arena; outside they are made for the call, which then waits.

#include "attention/backend/attention_op.h"
#include "attention/backend/cuda/module_api.h"

namespace heddle::attention::cuda {

/// f32 operands are multiplied as fp16 where `element` is kF16, as they are where it is kF32.
/// Errors: as attention_op.h; std::runtime_error from the device.
void device_attention(const ModuleApi& api, Element element, const AttentionArgs& args);
/// Of calls over rows, not strands: those are refused.
void device_attention_gradient(const ModuleApi& api,
                               Element element,
                               const AttentionGradientArgs& args);

}  // namespace heddle::attention::cuda
