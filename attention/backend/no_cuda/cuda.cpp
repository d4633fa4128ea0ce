#include "attention/backend/entries.h"

#include <stdexcept>

namespace heddle::attention {

BackendStatus cuda_status() {
  return {.name = "cuda",
          .available = false,
          .detail = "this build has no CUDA module; use the cpu back end"};
}

const Backend& cuda_backend() { throw std::runtime_error("cuda: " + cuda_status().detail); }

}  // namespace heddle::attention
