#pragma once
// Device memory of the module, owned. Threads: as ModuleApi.

#include "attention/backend/cuda/module_loader.h"
#include "attention/tensor/tensor.h"

namespace heddle::attention::cuda {

class DeviceMemory {
 public:
  DeviceMemory(const ModuleApi& api, std::size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&&) = delete;

  void* data() const { return data_; }

 private:
  const ModuleApi* api_;
  void* data_ = nullptr;
};

/// A contiguous (heads, rows, dim) tensor on the device, f32, bf16 or f16.
class DeviceTensor {
 public:
  /// As large as `like`, holding nothing yet.
  static DeviceTensor like(const ModuleApi& api, const TensorView& view);
  static DeviceTensor copy_of(const ModuleApi& api, const TensorView& view);

  const Operand& operand() const { return operand_; }
  /// Waits for the device; `to` has this tensor's shape and dtype, any strides.
  void copy_to(const TensorView& to) const;

 private:
  DeviceTensor(const ModuleApi& api, const TensorView& view);

  const ModuleApi* api_;
  DeviceMemory memory_;
  Operand operand_;
  DType dtype_;
};

/// A tile schedule on the device.
class DeviceTileSchedule {
 public:
  DeviceTileSchedule(const ModuleApi& api, const TileSchedule& schedule);
  ~DeviceTileSchedule();
  DeviceTileSchedule(const DeviceTileSchedule&) = delete;
  DeviceTileSchedule& operator=(const DeviceTileSchedule&) = delete;

  const void* data() const { return data_; }

 private:
  const ModuleApi* api_;
  void* data_ = nullptr;
};

/// A key schedule on the device.
class DeviceKeySchedule {
 public:
  DeviceKeySchedule(const ModuleApi& api, const KeySchedule& schedule);
  ~DeviceKeySchedule();
  DeviceKeySchedule(const DeviceKeySchedule&) = delete;
  DeviceKeySchedule& operator=(const DeviceKeySchedule&) = delete;

  const void* data() const { return data_; }

 private:
  const ModuleApi* api_;
  void* data_ = nullptr;
};

}  // namespace heddle::attention::cuda
