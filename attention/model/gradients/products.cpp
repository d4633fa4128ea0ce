// Gradients of the products. z = product; y = activation(z). Backward takes relu's slope from y and
// gelu's from z, which forward keeps.

#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/operands.h"
#include "attention/model/layers/product.h"

namespace heddle::attention {
namespace {

class ProductGradient : public LayerGradient {
 public:
  ProductGradient(Step& step, LayerContext& context, ProductShape shape = {})
      : backend_(context.backend),
        ops_(gradient_ops(context)),
        options_(product_options(step, context)),
        shape_(shape),
        names_({options_.weight}) {
    if (!options_.bias.empty()) names_.push_back(step.options.text("weights") + ".bias");
  }

  std::vector<std::string> parameters() const override { return names_; }
  bool reads_input(std::size_t /*input*/) const override { return true; }
  bool reads_output() const override { return options_.activation == Activation::kRelu; }
  std::optional<Shape> kept(std::span<const Shape> /*inputs*/, const Shape& output) const override {
    if (options_.activation == Activation::kGelu) return with_channels(output, channels_of(output));
    return std::nullopt;
  }

  void forward(const Layer& /*layer*/, const TrainingCall& call) const override {
    const bool keeps = options_.activation == Activation::kGelu;
    ops_.product({.shape = shape_,
                  .weight = call.parameters[0],
                  .bias = call.parameters.size() > 1 ? call.parameters[1] : TensorView{},
                  .in = call.inputs[0],
                  .out = dense_output(keeps ? call.kept : call.output),
                  .accumulate = options_.accumulate});
    if (keeps) backend_.gelu(call.kept, call.output);
    if (options_.activation == Activation::kRelu) backend_.relu(call.output, call.output);
  }

  void backward(const GradientCall& call) const override {
    undo_activation(call);
    ops_.product_gradient({.shape = shape_,
                           .weight = call.forward.parameters[0],
                           .in = call.forward.inputs[0],
                           .out_gradient = dense_output(call.out_gradient),
                           .in_gradient = call.input_gradients[0],
                           .weight_gradient = call.parameter_gradients[0],
                           .bias_gradient = call.parameter_gradients.size() > 1
                                                ? call.parameter_gradients[1]
                                                : TensorView{}});
  }

 protected:
  /// As ProductLayer's: longer rows of the same elements.
  virtual TensorView dense_output(const TensorView& out) const { return out; }

 private:
  void undo_activation(const GradientCall& call) const {
    const bool gelu = options_.activation == Activation::kGelu;
    if (options_.activation == Activation::kNone) return;
    const RowGradientArgs args{.in = gelu ? call.forward.kept : call.forward.output,
                               .out_gradient = call.out_gradient,
                               .in_gradient = {.view = call.out_gradient}};
    if (gelu) {
      ops_.gelu_gradient(args);
    } else {
      ops_.relu_gradient(args);
    }
  }

  const Backend& backend_;
  const GradientOps& ops_;
  ProductOptions options_;
  ProductShape shape_;
  std::vector<std::string> names_;
};

/// Rows (tokens, size * out) seen as (tokens * size, out).
class UnpatchGradient final : public ProductGradient {
 public:
  UnpatchGradient(Step& step, LayerContext& context)
      : ProductGradient(step, context), size_(step.options.whole("size", 1, 1 << 16)) {}

 protected:
  TensorView dense_output(const TensorView& out) const override {
    return out.reshape({out.shape[0] / size_, size_ * out.shape[1]});
  }

 private:
  std::int64_t size_;
};

/// See OneHotProductArgs.
class OneHotGradient final : public LayerGradient {
 public:
  OneHotGradient(Step& step, LayerContext& context) : ops_(gradient_ops(context)) {
    const std::string name = step.options.text("weights");
    names_.push_back(name + ".weight");
    if (step.options.flag_or("bias", true)) names_.push_back(name + ".bias");
    const TensorView& weight = context.tensor(names_[0]);
    require_within(weight.shape[1] * weight.shape[2],
                   "weights a channel of one-hot classes that learn",
                   context.backend.limits().one_hot_weights,
                   context.backend);
  }

  std::vector<std::string> parameters() const override { return names_; }
  bool reads_input(std::size_t /*input*/) const override { return true; }
  void forward(const Layer& /*layer*/, const TrainingCall& call) const override {
    ops_.one_hot_product({.classes = call.inputs[0],
                          .weight = call.parameters[0],
                          .bias = call.parameters.size() > 1 ? call.parameters[1] : TensorView{},
                          .out = call.output});
  }
  void backward(const GradientCall& call) const override {
    ops_.one_hot_product_gradient({.classes = call.forward.inputs[0],
                                   .out_gradient = call.out_gradient,
                                   .weight_gradient = call.parameter_gradients[0],
                                   .bias_gradient = call.parameter_gradients.size() > 1
                                                        ? call.parameter_gradients[1]
                                                        : TensorView{}});
  }

 private:
  const GradientOps& ops_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<LayerGradient> conv1d_gradient(Step& step, LayerContext& context) {
  const auto dilation = static_cast<int>(step.options.whole_or("dilation", 1, 1, 1 << 16));
  return std::make_unique<ProductGradient>(step, context, ProductShape{.dilation = dilation});
}

std::unique_ptr<LayerGradient> conv2d_gradient(Step& step, LayerContext& context) {
  require_host(step.op + " that learns", context.backend);
  const auto stride = static_cast<int>(step.options.whole_or("stride", 1, 1, 64));
  return std::make_unique<ProductGradient>(step, context, ProductShape{.stride = stride});
}

std::unique_ptr<LayerGradient> linear_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ProductGradient>(step, context);
}

std::unique_ptr<LayerGradient> patch_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ProductGradient>(step, context, ProductShape{.patch = true});
}

std::unique_ptr<LayerGradient> unpatch_gradient(Step& step, LayerContext& context) {
  return std::make_unique<UnpatchGradient>(step, context);
}

std::unique_ptr<LayerGradient> one_hot_conv1d_gradient(Step& step, LayerContext& context) {
  return std::make_unique<OneHotGradient>(step, context);
}

}  // namespace heddle::attention
