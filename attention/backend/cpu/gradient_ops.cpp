#include "attention/backend/cpu/gradient_ops.h"

#include "attention/backend/cpu/edge_gradients.h"
#include "attention/backend/cpu/product_gradient.h"
#include "attention/backend/cpu/row_gradients.h"

namespace heddle::attention::cpu {
namespace {

class CpuGradients final : public GradientOps {
 public:
  void product(const ProductArgs& args) const override { cpu::product(args); }
  void product_gradient(const ProductGradientArgs& args) const override {
    cpu::product_gradient(args);
  }
  void rms_norm_gradient(const RowGradientArgs& args) const override {
    cpu::rms_norm_gradient(args);
  }
  void layer_norm_gradient(const RowGradientArgs& args) const override {
    cpu::layer_norm_gradient(args);
  }
  void l2_normalize_gradient(const RowGradientArgs& args) const override {
    cpu::l2_normalize_gradient(args);
  }
  void gelu_gradient(const RowGradientArgs& args) const override { cpu::gelu_gradient(args); }
  void relu_gradient(const RowGradientArgs& args) const override { cpu::relu_gradient(args); }
  void swiglu_gradient(const RowGradientArgs& args) const override { cpu::swiglu_gradient(args); }

  void columns(const ColumnsArgs& args) const override { cpu::columns(args); }
  void exp_clamp_gradient(const ExpClampGradientArgs& args) const override {
    cpu::exp_clamp_gradient(args);
  }
  void log_softmax_gradient(const LogSoftmaxGradientArgs& args) const override {
    cpu::log_softmax_gradient(args);
  }
  void one_hot_product(const OneHotProductArgs& args) const override { cpu::one_hot_product(args); }
  void one_hot_product_gradient(const OneHotGradientArgs& args) const override {
    cpu::one_hot_product_gradient(args);
  }
};

}  // namespace

const GradientOps& gradient_ops() {
  static const CpuGradients ops;
  return ops;
}

}  // namespace heddle::attention::cpu
