#pragma once
// Opens libheddle_cuda.so at run time, so that one program starts and works with and without CUDA.
// Looked for at $HEDDLE_CUDA_MODULE where set (tests, other places), else beside the executable. It
// is opened once and stays open. Threads: any.

#include "attention/backend/cuda/module_api.h"

#include <string>

namespace heddle::attention::cuda {

struct LoadedModule {
  const ModuleApi* api = nullptr;  // null: no attention on a GPU here
  std::string device;              // "NVIDIA H200, compute capability 9.0, 143771 MiB"
  std::string reason;              // why not: no module, another version, no driver, no device
};

const LoadedModule& loaded_module();

/// Throws std::runtime_error with the module's own words when `succeeded` is false.
void require(bool succeeded, const ModuleApi& api);

}  // namespace heddle::attention::cuda
