#pragma once
// A small gene model whose two layers attend over rolling memory (window, sinks and top-k
// retrieval), with random weights from a fixed seed: what tests/data/genes-memory-small.safetensors
// holds. It finds no genes; it makes the streaming path real.

#include <string>

namespace heddle::attention {

/// The file's bytes, the same on every machine.
std::string genes_memory_small_bytes();

}  // namespace heddle::attention
