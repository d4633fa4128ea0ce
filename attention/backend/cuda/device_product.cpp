#include "attention/backend/cuda/device_product.h"

#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/operation_api.h"
#include "attention/backend/operands.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

constexpr float kMostHalf = 65504;

DeviceMemory upload(const ModuleApi& api, const Tensor& tensor) {
  DeviceMemory memory(api, tensor.bytes());
  if (tensor.bytes() > 0) {
    require(api.to_device(memory.data(), tensor.view().data, tensor.bytes()), api);
  }
  return memory;
}

Tensor in_f32(const TensorView& view) {
  Tensor made(DType::kF32, std::span(view.shape.data(), static_cast<std::size_t>(view.rank)));
  copy(view, made.view());
  return made;
}

/// (out, in, taps...) turned into (out, taps, in), channels padded with zeros.
Tensor packed(const TensorView& weight, Element element) {
  const Tensor plain = in_f32(weight);
  const std::int64_t outputs = weight.shape[0];
  const std::int64_t channels = weight.shape[1];
  const std::int64_t taps = weight.size() / (outputs * channels);
  const std::int64_t width = (channels + kChannelPad - 1) / kChannelPad * kChannelPad;
  Tensor made(element == Element::kF16 ? DType::kF16 : DType::kF32, {outputs * taps, width});
  const auto* from = plain.view().as<float>();
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t t = 0; t < taps; ++t) {
        const float x = from[(o * channels + c) * taps + t];
        const std::int64_t at = (o * taps + t) * width + c;
        if (element == Element::kF16) {
          made.view().as<Half>()[at] = half_from(std::clamp(x, -kMostHalf, kMostHalf));
        } else {
          made.view().as<float>()[at] = x;
        }
      }
    }
  }
  return made;
}

class DeviceProduct final : public Dense {
 public:
  DeviceProduct(const ModuleApi& api,
                Element element,
                const DenseShape& shape,
                const TensorView& weight,
                const TensorView& bias)
      : api_(api),
        element_(element),
        shape_(shape),
        weight_(upload(api, packed(weight, element))),
        bias_(upload(api, shape.bias ? in_f32(bias) : Tensor())) {}

  std::size_t scratch_bytes(const TensorView& /*in*/) const override { return 0; }

  void run(const TensorView& in,
           const TensorView& out,
           TensorView /*scratch*/,
           bool accumulate) const override {
    check_run(shape_, in, out, accumulate);
    if (out.size() == 0) return;
    const Rows from = rows_of(shape_.op, in);
    const Rows to = rows_of(shape_.op, out);
    const bool image = shape_.spatial_axes == 2;
    const auto width = static_cast<std::int32_t>(shape_.width);
    const ProductCall call = {
        .in = from.data,
        .in_stride = from.stride,
        .height = image ? static_cast<std::int32_t>(in.shape[0]) : 1,
        .width = static_cast<std::int32_t>(in.shape[image ? 1 : 0]),
        .channels = static_cast<std::int32_t>(shape_.in),
        .weight = weight_.data(),
        .element = element_,
        .bias = shape_.bias ? static_cast<const float*>(bias_.data()) : nullptr,
        .out = to.data,
        .out_stride = to.stride,
        .outputs = static_cast<std::int32_t>(shape_.out),
        .taps_y = image ? width : 1,
        .taps_x = width,
        .dilation = shape_.dilation,
        .stride = shape_.stride,
        .epilogue = epilogue(),
        .accumulate = accumulate};
    require(api_.operations->product(call), api_);
  }

 private:
  Epilogue epilogue() const {
    if (shape_.activation == Activation::kRelu) return Epilogue::kRelu;
    return shape_.activation == Activation::kGelu ? Epilogue::kGelu : Epilogue::kNone;
  }

  const ModuleApi& api_;
  Element element_;
  DenseShape shape_;
  DeviceMemory weight_;
  DeviceMemory bias_;
};

}  // namespace

std::unique_ptr<Dense> linear(const ModuleApi& api, Element element, const LinearSpec& spec) {
  return std::make_unique<DeviceProduct>(api, element, checked_shape(spec), spec.weight, spec.bias);
}

std::unique_ptr<Dense> conv1d(const ModuleApi& api, Element element, const Conv1dSpec& spec) {
  return std::make_unique<DeviceProduct>(api, element, checked_shape(spec), spec.weight, spec.bias);
}

std::unique_ptr<Dense> conv2d(const ModuleApi& api, Element element, const Conv2dSpec& spec) {
  return std::make_unique<DeviceProduct>(api, element, checked_shape(spec), spec.weight, spec.bias);
}

}  // namespace heddle::attention::cuda
