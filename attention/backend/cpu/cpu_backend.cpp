#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/cpu/dense.h"
#include "attention/backend/cpu/gradient_ops.h"
#include "attention/backend/cpu/normalised_attention.h"
#include "attention/backend/cpu/read_out.h"
#include "attention/backend/cpu/row_ops.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/entries.h"

#include <oneapi/dnnl/dnnl.h>

namespace heddle::attention {
namespace {

class CpuBackend : public Backend {
 public:
  std::string_view name() const override { return "cpu"; }

  void attention(const AttentionArgs& args) const override { cpu::attention(args); }
  void attention_gradient(const AttentionGradientArgs& args) const override {
    cpu::attention_gradient(args);
  }
  void normalised_attention(const NormalisedArgs& args) const override {
    cpu::normalised_attention(args);
  }
  void normalised_attention_gradient(const NormalisedGradientArgs& args) const override {
    cpu::normalised_attention_gradient(args);
  }
  void read_out(const ReadOutArgs& args) const override { cpu::read_out(args); }

  std::unique_ptr<Dense> linear(const LinearSpec& spec) const override { return cpu::linear(spec); }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const override { return cpu::conv1d(spec); }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const override { return cpu::conv2d(spec); }

  void rms_norm(const TensorView& in,
                const TensorView& gain,
                float eps,
                const TensorView& out) const override {
    cpu::rms_norm(in, gain, eps, out);
  }
  void layer_norm(const TensorView& in,
                  const TensorView& gain,
                  const TensorView& bias,
                  float eps,
                  const TensorView& out) const override {
    cpu::layer_norm(in, gain, bias, eps, out);
  }
  void l2_normalize(const TensorView& in, float eps, const TensorView& out) const override {
    cpu::l2_normalize(in, eps, out);
  }
  void gelu(const TensorView& in, const TensorView& out) const override { cpu::gelu(in, out); }
  void relu(const TensorView& in, const TensorView& out) const override { cpu::relu(in, out); }
  void add(const TensorView& a, const TensorView& b, const TensorView& out) const override {
    cpu::add(a, b, out);
  }
  void swiglu(const TensorView& in, const TensorView& out) const override { cpu::swiglu(in, out); }
  void rotary(const RotaryArgs& args) const override { cpu::rotary(args); }
  const GradientOps* gradients() const override { return &cpu::gradient_ops(); }
};

/// The products of constant weights with operands rounded to bf16; the rest, attention included, as
/// it is.
class CpuBf16Backend final : public CpuBackend {
 public:
  std::string_view name() const override { return "cpu-bf16"; }

  std::unique_ptr<Dense> linear(const LinearSpec& spec) const override {
    return cpu::linear(spec, true);
  }
  std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const override {
    return cpu::conv1d(spec, true);
  }
  std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const override {
    return cpu::conv2d(spec, true);
  }
  const GradientOps* gradients() const override { return nullptr; }
};

}  // namespace

BackendStatus cpu_status() {
  const dnnl_version_t* dnnl = dnnl_version();
  return {.name = "cpu",
          .available = true,
          .detail = std::string(cpu::vector_target()) + ", oneDNN " + std::to_string(dnnl->major) +
                    "." + std::to_string(dnnl->minor) + "." + std::to_string(dnnl->patch)};
}

const Backend& cpu_backend() {
  static const CpuBackend backend;
  return backend;
}

BackendStatus cpu_bf16_status() {
  // Where the processor has no products of bf16, oneDNN does them in several steps, slower than
  // fp32. A later set of instructions has the bits of the earlier ones.
  const auto has = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  const auto wanted = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
  const bool can = (has & wanted) == wanted;
  return {
      .name = "cpu-bf16",
      .available = can,
      .automatic = false,
      .detail = can ? "the cpu with products of bf16, faster and less exact; only where asked for"
                    : "this processor has no products of bf16 (AVX-512 BF16 or AMX)"};
}

const Backend& cpu_bf16_backend() {
  static const CpuBf16Backend backend;
  return backend;
}

}  // namespace heddle::attention
