// The rows `cuda` and `cuda-f32` of the list of back ends: operations on views of device memory,
// through the module.

#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/device_arena.h"
#include "attention/backend/cuda/device_attention.h"
#include "attention/backend/cuda/device_gradients.h"
#include "attention/backend/cuda/device_product.h"
#include "attention/backend/cuda/device_rows.h"
#include "attention/backend/cuda/gradient_api.h"
#include "attention/backend/entries.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw std::invalid_argument(std::string(what) + " does not run on the GPU yet; use -d cpu");
}

/// What products multiply where a function learns: gradients need the range of f32 more than the
/// digits of fp16.
cuda::Element learning_element(cuda::Element element) {
  return element == cuda::Element::kF16 ? cuda::Element::kBF16 : element;
}

class CudaBackend final : public cuda::DeviceRowOps {
 public:
  CudaBackend(std::string name, cuda::Element element)
      : DeviceRowOps(cuda::required_module()),
        name_(std::move(name)),
        element_(element),
        gradients_(api(), learning_element(element)) {}

  std::string_view name() const override { return name_; }
  bool on_device() const override { return true; }
  OperationLimits limits() const override {
    return {.head_channels = cuda::kMostHeadChannels, .one_hot_weights = cuda::kMostOneHotWeights};
  }
  std::unique_ptr<DeviceArena> arena(std::size_t bytes, std::size_t mirrored) const override {
    return std::make_unique<cuda::QueuedArena>(api(), bytes, mirrored);
  }
  Constant constant(Tensor tensor) const override {
    const auto memory = std::make_shared<const cuda::DeviceMemory>(api(), tensor.bytes());
    cuda::require(api().to_device(memory->data(), tensor.view().data, tensor.bytes()), api());
    TensorView view = tensor.view();
    view.data = memory->data();
    return {view, memory};
  }

  /// A call that asks for its log-sum-exps is one that learns: its scores, made again for the
  /// gradient, must be the same.
  void attention(const AttentionArgs& args) const override {
    const bool learns = !args.log_sum_exp.empty();
    cuda::device_attention(api(), learns ? learning_element(element_) : element_, args);
  }
  void attention_gradient(const AttentionGradientArgs& args) const override {
    cuda::device_attention_gradient(api(), learning_element(element_), args);
  }
  const GradientOps* gradients() const override { return &gradients_; }

  void normalised_attention(const NormalisedArgs& /*args*/) const override {
    refuse("attention by another normaliser than softmax");
  }
  void normalised_attention_gradient(const NormalisedGradientArgs& /*args*/) const override {
    refuse("the gradient of attention by another normaliser than softmax");
  }
  /// The memories that it reads belong to streams and stay on the host, as do its answers.
  void read_out(const ReadOutArgs& args) const override { cpu_backend().read_out(args); }

  std::unique_ptr<Dense> linear(const LinearSpec& spec) const override {
    return cuda::linear(api(), element_, spec);
  }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const override {
    return cuda::conv1d(api(), element_, spec);
  }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const override {
    return cuda::conv2d(api(), element_, spec);
  }

 private:
  std::string name_;
  cuda::Element element_;
  cuda::DeviceGradients gradients_;
};

/// Never chosen unasked: answers differ from the cpu back end's within their rounding.
BackendStatus status_of(std::string name, const std::string& precision) {
  const cuda::LoadedModule& module = cuda::loaded_module();
  return {.name = std::move(name),
          .available = module.api != nullptr,
          .automatic = false,
          .detail = module.api ? module.device + ", " + precision : module.reason};
}

}  // namespace

BackendStatus cuda_status() { return status_of("cuda", "products of fp16, sums in f32"); }

BackendStatus cuda_f32_status() { return status_of("cuda-f32", "f32 throughout, slower"); }

const Backend& cuda_backend() {
  static const CudaBackend backend("cuda", cuda::Element::kF16);
  return backend;
}

const Backend& cuda_f32_backend() {
  static const CudaBackend backend("cuda-f32", cuda::Element::kF32);
  return backend;
}

}  // namespace heddle::attention
