#pragma once
// Parameters where a back end of a device computes: one block there, laid out as Parameters, which
// any number of workspaces read (TrainingOptions::parameters). Threads: changed by one thread while
// no workspace runs. Errors: std::runtime_error from the device.

#include "attention/backend/backend.h"
#include "attention/model/parameters.h"

#include <memory>

namespace heddle::attention {

class DeviceParameters {
 public:
  /// The back end must have arenas. Holds the values of `parameters`.
  DeviceParameters(const Parameters& parameters, const Backend& backend);

  /// Tensor `i` as the host sees it: to be written before upload(), which waits until it is there.
  TensorView host(std::size_t i) const { return at(i, arena_->host()); }
  void upload();
  /// All values of parameters with this layout.
  void set(const Parameters& parameters);

  /// Tensor `i` on the device.
  TensorView device(std::size_t i) const { return at(i, arena_->data()); }
  /// All of them there, laid out as Parameters::flat().
  void* block() const { return arena_->data(); }

 private:
  TensorView at(std::size_t i, void* block) const;

  std::shared_ptr<const ParameterBlock::Layout> layout_;
  std::size_t bytes_;
  std::unique_ptr<DeviceArena> arena_;
};

}  // namespace heddle::attention
