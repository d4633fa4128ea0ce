#pragma once
// Where a TrainingWorkspace lies on a device: registers and gradients in one arena, whose line of
// work is forward's; a second line for backward; and the host's mirrors of what a caller writes and
// reads. For this folder only. Threads: as training_function.h.

#include "attention/backend/backend.h"
#include "attention/model/device_parameters.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace heddle::attention {

struct TrainingPlace {
  std::unique_ptr<DeviceArena> forward;
  std::unique_ptr<DeviceArena> backward;
  std::unique_ptr<DeviceArena> both;  // the line of learn()
  std::shared_ptr<DeviceParameters> parameters;
  bool own_parameters = false;  // set by every forward(); else by the caller
  std::size_t bytes = 0;        // on the device, parameters not counted
  float* gradients = nullptr;   // a block laid out as Parameters
  std::int64_t gradient_elements = 0;
  std::int64_t windows = 1;       // samples at once
  std::vector<TensorView> seeds;  // what backward begins with, as the device sees it
  std::vector<DeviceCopy> inputs, outputs, seed_copies, input_gradients;
  bool outputs_stay = false;  // of forward(), there
  std::vector<bool> trained;  // parameters whose gradients the line of backward adds to

  /// Tensor of `info` among the gradients.
  TensorView gradient(const ParameterInfo& info) const {
    return view_of(gradients + info.offset, DType::kF32, info.shape);
  }
  /// Moves a view of the device, of all samples, to its mirror on the host; gives the copy between
  /// the two.
  DeviceCopy mirror(TensorView& view);

  std::uint8_t* next_mirror = nullptr;  // while the place is made
};

/// Room that a place has for one view of `windows` samples, on either side.
std::size_t mirrored_bytes(const TensorView& view, std::int64_t windows);

struct PlaceShape {
  std::int64_t windows = 1;
  bool runs_again = false;     // steps, whose registers lie elsewhere then
  std::int64_t registers = 0;  // bytes, of all samples
  std::span<const TensorView> seeds;
  std::size_t mirrored = 0;
  std::int64_t gradient_elements = 0;
};

/// Null where the back end computes in the host's memory. Gradients are zero.
std::unique_ptr<TrainingPlace> make_place(const Backend& backend, const PlaceShape& shape);

/// Registers at the beginning of the place.
std::uint8_t* registers_of(const TrainingPlace& place);

}  // namespace heddle::attention
