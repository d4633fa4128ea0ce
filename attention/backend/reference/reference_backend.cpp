#include "attention/backend/entries.h"
#include "attention/backend/reference/attention.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/backend/reference/gradients.h"
#include "attention/backend/reference/normalised_attention.h"
#include "attention/backend/reference/ops.h"
#include "attention/backend/reference/read_out.h"

namespace heddle::attention {
namespace {

class ReferenceBackend final : public Backend {
 public:
  std::string_view name() const override { return "reference"; }

  void attention(const AttentionArgs& args) const override { reference::attention(args); }
  void attention_gradient(const AttentionGradientArgs& args) const override {
    reference::attention_gradient(args);
  }
  void normalised_attention(const NormalisedArgs& args) const override {
    reference::normalised_attention(args);
  }
  void normalised_attention_gradient(const NormalisedGradientArgs& args) const override {
    reference::normalised_attention_gradient(args);
  }
  void read_out(const ReadOutArgs& args) const override { reference::read_out(args); }

  std::unique_ptr<Dense> linear(const LinearSpec& spec) const override {
    return reference::linear(spec);
  }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const override {
    return reference::conv1d(spec);
  }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const override {
    return reference::conv2d(spec);
  }

  void rms_norm(const TensorView& in,
                const TensorView& gain,
                float eps,
                const TensorView& out) const override {
    reference::rms_norm(in, gain, eps, out);
  }
  void layer_norm(const TensorView& in,
                  const TensorView& gain,
                  const TensorView& bias,
                  float eps,
                  const TensorView& out) const override {
    reference::layer_norm(in, gain, bias, eps, out);
  }
  void l2_normalize(const TensorView& in, float eps, const TensorView& out) const override {
    reference::l2_normalize(in, eps, out);
  }
  void gelu(const TensorView& in, const TensorView& out) const override {
    reference::gelu(in, out);
  }
  void relu(const TensorView& in, const TensorView& out) const override {
    reference::relu(in, out);
  }
  void add(const TensorView& a, const TensorView& b, const TensorView& out) const override {
    reference::add(a, b, out);
  }
  void swiglu(const TensorView& in, const TensorView& out) const override {
    reference::swiglu(in, out);
  }
  void rotary(const RotaryArgs& args) const override { reference::rotary(args); }
  const GradientOps* gradients() const override { return &reference::gradient_ops(); }
};

}  // namespace

BackendStatus reference_status() {
  return {.name = "reference", .available = true, .detail = "scalar, sums in double"};
}

const Backend& reference_backend() {
  static const ReferenceBackend backend;
  return backend;
}

}  // namespace heddle::attention
