#include "attention/backend/cuda/device_gradients.h"
#include "attention/backend/cuda/module_loader.h"
#include "attention/backend/cuda/operation_api.h"

namespace heddle::attention::cuda {

void DeviceUpdates::squares(const UpdateArgs& args) const {
  const GradientApi& gradients = *api_.operations->gradients;
  require(gradients.clear(args.seen, static_cast<std::size_t>(args.tensors)), api_);
  require(gradients.squares(args), api_);
}

void DeviceUpdates::step(const UpdateArgs& args) const {
  require(api_.operations->gradients->step(args), api_);
}

void DeviceUpdates::give(const UpdateArgs& args, bool average) const {
  require(api_.operations->gradients->give({.arrays = args, .average = average}), api_);
}

void DeviceLossOps::losses(const LossArgs& args) const {
  require(api_.operations->gradients->losses(args), api_);
}

}  // namespace heddle::attention::cuda
