#include "attention/backend/entries.h"

#include <stdexcept>

namespace heddle::attention {

BackendStatus cuda_status() {
  return {.name = "cuda",
          .available = false,
          .automatic = false,
          .detail = "this build has no CUDA module; use the cpu back end"};
}

BackendStatus cuda_f32_status() {
  BackendStatus status = cuda_status();
  status.name = "cuda-f32";
  return status;
}

const Backend& cuda_backend() { throw std::runtime_error("cuda: " + cuda_status().detail); }

const Backend& cuda_f32_backend() { return cuda_backend(); }

}  // namespace heddle::attention
