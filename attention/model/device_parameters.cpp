#include "attention/model/device_parameters.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace heddle::attention {

DeviceParameters::DeviceParameters(const Parameters& parameters, const Backend& backend)
    : layout_(parameters.layout()),
      bytes_(parameters.flat().size_bytes()),
      arena_(backend.arena(bytes_, bytes_)) {
  if (!arena_) {
    throw std::invalid_argument("back end '" + std::string(backend.name()) +
                                "' computes in the host's memory; parameters stay there");
  }
  set(parameters);
}

void DeviceParameters::upload() {
  const DeviceCopy copy{arena_->host(), arena_->data(), bytes_};
  arena_->run({&copy, 1}, [] {}, {});
}

void DeviceParameters::set(const Parameters& parameters) {
  if (parameters.flat().size_bytes() != bytes_) {
    throw std::invalid_argument("parameters of another model than those on the device");
  }
  std::memcpy(arena_->host(), parameters.flat().data(), bytes_);
  upload();
}

TensorView DeviceParameters::at(std::size_t i, void* block) const {
  const ParameterInfo& info = (*layout_)[i];
  return view_of(static_cast<float*>(block) + info.offset, DType::kF32, info.shape);
}

}  // namespace heddle::attention
