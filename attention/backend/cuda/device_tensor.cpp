#include "attention/backend/cuda/device_tensor.h"

#include <utility>

namespace heddle::attention::cuda {
namespace {

Element element_of(DType dtype) {
  if (dtype == DType::kBF16) return Element::kBF16;
  return dtype == DType::kF16 ? Element::kF16 : Element::kF32;
}

}  // namespace

DeviceMemory::DeviceMemory(const ModuleApi& api, std::size_t bytes) : api_(&api) {
  require(api.allocate(bytes, &data_), api);
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : api_(other.api_), data_(std::exchange(other.data_, nullptr)) {}

DeviceMemory::~DeviceMemory() {
  if (data_) api_->release(data_);
}

DeviceTensor::DeviceTensor(const ModuleApi& api, const TensorView& view)
    : api_(&api),
      memory_(api, static_cast<std::size_t>(view.size()) * size_of(view.dtype)),
      operand_{.data = memory_.data(),
               .element = element_of(view.dtype),
               .heads = static_cast<std::int32_t>(view.shape[0]),
               .rows = view.shape[1],
               .dim = view.shape[2],
               .head_stride = view.shape[1] * view.shape[2],
               .row_stride = view.shape[2]},
      dtype_(view.dtype) {}

DeviceTensor DeviceTensor::like(const ModuleApi& api, const TensorView& view) {
  return {api, view};
}

DeviceTensor DeviceTensor::copy_of(const ModuleApi& api, const TensorView& view) {
  DeviceTensor made(api, view);
  const Tensor packed(view.dtype, {view.shape[0], view.shape[1], view.shape[2]});
  copy(view, packed.view());
  require(api.to_device(made.operand_.data, packed.view().data, packed.bytes()), api);
  return made;
}

void DeviceTensor::copy_to(const TensorView& to) const {
  const Tensor packed(dtype_, {operand_.heads, operand_.rows, operand_.dim});
  require(api_->synchronize(), *api_);
  require(api_->to_host(packed.view().data, operand_.data, packed.bytes()), *api_);
  copy(packed.view(), to);
}

DeviceTileSchedule::DeviceTileSchedule(const ModuleApi& api, const TileSchedule& schedule)
    : api_(&api) {
  require(api.make_schedule(schedule, &data_), api);
}

DeviceTileSchedule::~DeviceTileSchedule() { api_->free_schedule(data_); }

DeviceKeySchedule::DeviceKeySchedule(const ModuleApi& api, const KeySchedule& schedule)
    : api_(&api) {
  require(api.make_key_schedule(schedule, &data_), api);
}

DeviceKeySchedule::~DeviceKeySchedule() { api_->free_key_schedule(data_); }

}  // namespace heddle::attention::cuda
