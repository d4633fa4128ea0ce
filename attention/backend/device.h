#pragma once
// Memory that is not the host's. A back end of a device gives every workspace an arena there and
// keeps constants there; operations then take views of device memory. A back end of the host has
// neither: its arena() is null and its constants stay where they are.

#include "attention/tensor/tensor.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace heddle::attention {

/// What one block of device memory holds begins at multiples of 256 bytes.
inline std::size_t device_aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

/// A tensor that never changes, where the back end's operations can read it. Cheap to copy.
class Constant {
 public:
  Constant() = default;
  Constant(const TensorView& view, std::shared_ptr<const void> owner)
      : view_(view), owner_(std::move(owner)) {}

  const TensorView& view() const { return view_; }

 private:
  TensorView view_;
  std::shared_ptr<const void> owner_;
};

/// The same bytes on both sides.
struct DeviceCopy {
  void* host = nullptr;
  void* device = nullptr;
  std::size_t bytes = 0;
};

/// One straight line of work and the memory it runs in. Threads: one run at a time; arenas run
/// beside one another. Errors: std::runtime_error naming what failed on the device.
class DeviceArena {
 public:
  virtual ~DeviceArena() = default;

  virtual void* data() const = 0;  // on the device
  virtual void* host() const = 0;  // memory of the host that the device copies from and to fast

  /// Registers hold `windows` samples of a function that learns, one after another, each of the
  /// shape that views say; every operation does all of them, whose rows never meet. Parameters and
  /// their gradients are one. `keeps`: what a register held when forward read it, it still holds
  /// when backward does, in the same run; so what was made of it may be kept. Before the first run.
  virtual void set_windows(std::int64_t windows, bool keeps = false) = 0;

  /// Copies `in` to the device, does what `steps` calls, copies `out` back and waits. Every run of
  /// an arena must be the same but for the values: `steps` is called in the first ones, later runs
  /// repeat what those enqueued.
  virtual void run(std::span<const DeviceCopy> in,
                   const std::function<void()>& steps,
                   std::span<const DeviceCopy> out) = 0;
};

}  // namespace heddle::attention
