#pragma once
// The cases that the CUDA kernels run beside the reference, forward and backward: a shape, and the
// path that must take it.

#include "attention/backend/cuda/module_loader.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <ostream>
#include <string>
#include <vector>

namespace heddle::attention::kernel_tests {

struct DeviceCase {
  CaseShape shape;
  cuda::Path path = cuda::Path::kAuto;
};

/// "HopperBFloat16Dim96".
std::string name_of(const DeviceCase& tested);
void PrintTo(const DeviceCase& tested, std::ostream* out);

/// True where this machine can run the path; otherwise the test is skipped.
bool can_run(cuda::Path path);

#define SKIP_WITHOUT_DEVICE(path)                                               \
  if (!can_run(path)) {                                                         \
    GTEST_SKIP() << (cuda::loaded_module().api ? "needs a Hopper GPU"           \
                                               : cuda::loaded_module().reason); \
  }

/// Every shape that the fast paths take, by every path and 16-bit type.
std::vector<DeviceCase> fast_cases();
/// What some path must take or leave to another: two query sets, fp32, odd widths.
std::vector<DeviceCase> other_cases();
/// One case for each path, type and width.
std::vector<DeviceCase> path_cases();

}  // namespace heddle::attention::kernel_tests
