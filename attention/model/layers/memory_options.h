#pragma once
// The memory that a memory_attention step of a model file asks for.
// Threads: used while loading, by one thread.

#include "attention/memory/rolling_memory.h"
#include "attention/model/layer.h"

namespace heddle::attention {

/// A spec and the weights that it borrows, as f32.
struct MemoryOptions {
  MemorySpec spec;
  Tensor compression_keys;
  Tensor compression_values;
  Tensor gate;  // (heads): how much of the associative state's answer counts, before the sigmoid
};

/// Throws std::invalid_argument naming the option, or where the memory would hold too much.
MemoryOptions memory_options(Step& step,
                             LayerContext& context,
                             std::int64_t heads,
                             std::int64_t kv_heads);

}  // namespace heddle::attention
