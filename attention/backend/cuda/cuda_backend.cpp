#include "attention/backend/cuda/module_loader.h"
#include "attention/backend/entries.h"

#include <stdexcept>

namespace heddle::attention {

BackendStatus cuda_status() {
  const cuda::LoadedModule& module = cuda::loaded_module();
  if (!module.api) return {.name = "cuda", .available = false, .detail = module.reason};
  return {.name = "cuda",
          .available = false,
          .detail = module.device +
                    ": attention runs there, the models' other layers do not yet; use the cpu back "
                    "end"};
}

const Backend& cuda_backend() { throw std::runtime_error("cuda: " + cuda_status().detail); }

}  // namespace heddle::attention
