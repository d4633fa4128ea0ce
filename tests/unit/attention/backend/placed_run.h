#pragma once
// Operands where a back end wants them: for tests that run one operation on every back end.

#include "attention/backend/backend.h"

#include <functional>
#include <span>
#include <vector>

namespace heddle::attention {

/// "cpu", "cuda" ...: skips the calling test where it cannot run here.
#define SKIP_WITHOUT(wanted)                                                         \
  for (const BackendStatus& status : backend_statuses()) {                           \
    if (status.name == (wanted) && !status.available) GTEST_SKIP() << status.detail; \
  }

using PlacedSteps = std::function<void(std::span<const TensorView>)>;

/// Does `steps` on the operands: in place on the host, or in an arena of the device, to which all
/// are copied before and from which all are copied back. `times` runs one after another, each from
/// the operands as they were; gives what they hold after each. All contiguous.
std::vector<std::vector<Tensor>> run_placed(const Backend& on,
                                            const std::vector<TensorView>& operands,
                                            const PlacedSteps& steps,
                                            int times = 1);

}  // namespace heddle::attention
