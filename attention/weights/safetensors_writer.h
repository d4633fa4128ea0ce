#pragma once
// Writes a safetensors file that the reader of this folder accepts. The file appears whole or not
// at all: a temporary in the same folder, fsync, rename. Threads: a plain function. Errors:
// WeightsError naming the path and the reason; the temporary is removed, an older file stays.

#include "attention/tensor/tensor.h"

#include <map>
#include <string>

namespace heddle::attention {

/// Tensors may be strided; they are laid out by descending element size, then by name, so that each
/// is aligned without padding.
void write_weights(const std::string& path,
                   const std::map<std::string, TensorView>& tensors,
                   const std::map<std::string, std::string>& metadata = {});

/// The same bytes, in memory.
std::string weights_bytes(const std::map<std::string, TensorView>& tensors,
                          const std::map<std::string, std::string>& metadata = {});

}  // namespace heddle::attention
