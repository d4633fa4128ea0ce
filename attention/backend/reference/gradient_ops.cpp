#include "attention/backend/reference/gradients.h"

namespace heddle::attention::reference {
namespace {

class ReferenceGradients final : public GradientOps {
 public:
  void product(const ProductArgs& args) const override { reference::product(args); }
  void product_gradient(const ProductGradientArgs& args) const override {
    reference::product_gradient(args);
  }
  void rms_norm_gradient(const RowGradientArgs& args) const override {
    reference::rms_norm_gradient(args);
  }
  void layer_norm_gradient(const RowGradientArgs& args) const override {
    reference::layer_norm_gradient(args);
  }
  void l2_normalize_gradient(const RowGradientArgs& args) const override {
    reference::l2_normalize_gradient(args);
  }
  void gelu_gradient(const RowGradientArgs& args) const override { reference::gelu_gradient(args); }
  void relu_gradient(const RowGradientArgs& args) const override { reference::relu_gradient(args); }
  void swiglu_gradient(const RowGradientArgs& args) const override {
    reference::swiglu_gradient(args);
  }

  void columns(const ColumnsArgs& args) const override { reference::columns(args); }
  void exp_clamp_gradient(const ExpClampGradientArgs& args) const override {
    reference::exp_clamp_gradient(args);
  }
  void log_softmax_gradient(const LogSoftmaxGradientArgs& args) const override {
    reference::log_softmax_gradient(args);
  }
  void one_hot_product(const OneHotProductArgs& args) const override {
    reference::one_hot_product(args);
  }
  void one_hot_product_gradient(const OneHotGradientArgs& args) const override {
    reference::one_hot_product_gradient(args);
  }
};

}  // namespace

const GradientOps& gradient_ops() {
  static const ReferenceGradients ops;
  return ops;
}

}  // namespace heddle::attention::reference
