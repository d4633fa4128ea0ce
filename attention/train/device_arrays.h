#pragma once
// StepArrays on a back end's device: AdamW, average and rounding happen there, and a step moves a
// few hundred numbers between the two. Threads and errors: as step_arrays.h.

#include "attention/backend/backend.h"
#include "attention/train/step_arrays.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace heddle::attention::train {

/// Where a tensor of the parameter list lies in a block of all parameters, in elements.
struct PlacedSlot {
  std::int64_t in_block = 0;
  std::int64_t in_list = 0;
  std::int64_t count = 0;
  bool decays = false;
};

struct DeviceArraysSetting {
  std::vector<PlacedSlot> slots;
  std::int64_t block = 0;     // elements
  float* gradient = nullptr;  // on the device: what `train` adds to
  float* given = nullptr;     // on the device: what samples are computed with
  bool bfloat16 = false;
  std::function<void(std::span<const SampleKey>, std::span<SampleLoss>)> train;
};

/// The back end must have updates (gradient_op.h). Borrows what the setting points to.
std::unique_ptr<StepArrays> make_device_arrays(const Backend& backend, DeviceArraysSetting setting);

}  // namespace heddle::attention::train
