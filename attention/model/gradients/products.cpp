// Gradients of the products. z = product; y = activation(z). Backward takes relu's slope from y and
// gelu's from z, which forward keeps.

#include "attention/model/gradients/gradients.h"
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
    const Tensor turned = turned_weight(call.parameters[0]);
    const bool keeps = options_.activation == Activation::kGelu;
    ops_.product({.shape = shape_,
                  .weight = turned.empty() ? call.parameters[0] : turned.view(),
                  .bias = call.parameters.size() > 1 ? call.parameters[1] : TensorView{},
                  .in = dense_input(call.inputs[0]),
                  .out = dense_output(keeps ? call.kept : call.output),
                  .accumulate = options_.accumulate});
    if (keeps) backend_.gelu(call.kept, call.output);
    if (options_.activation == Activation::kRelu) backend_.relu(call.output, call.output);
  }

  void backward(const GradientCall& call) const override {
    undo_activation(call);
    const Tensor turned = turned_weight(call.forward.parameters[0]);
    const TensorView& wanted = call.parameter_gradients[0];
    const Tensor turned_gradient = wanted.empty() ? Tensor() : turned_like(turned);
    const GradientTarget& target = call.input_gradients[0];
    ops_.product_gradient(
        {.shape = shape_,
         .weight = turned.empty() ? call.forward.parameters[0] : turned.view(),
         .in = dense_input(call.forward.inputs[0]),
         .out_gradient = dense_output(call.out_gradient),
         .in_gradient = {target.view.empty() ? target.view : dense_input(target.view), target.add},
         .weight_gradient = turned_gradient.empty() ? wanted : turned_gradient.view(),
         .bias_gradient =
             call.parameter_gradients.size() > 1 ? call.parameter_gradients[1] : TensorView{}});
    if (!turned_gradient.empty()) add_turned(turned_gradient.view(), wanted);
  }

 protected:
  /// As ProductLayer's: patches are longer rows of the same elements.
  virtual TensorView dense_input(const TensorView& in) const { return in; }
  virtual TensorView dense_output(const TensorView& out) const { return out; }
  /// The weight as the product wants it; empty: as it is. And the way back for its gradient.
  virtual Tensor turned_weight(const TensorView& /*weight*/) const { return {}; }
  virtual void add_turned(const TensorView& /*turned*/, const TensorView& /*to*/) const {}

 private:
  static Tensor turned_like(const Tensor& turned) {
    if (turned.empty()) return {};
    return {DType::kF32, {turned.view().shape[0], turned.view().shape[1]}};
  }

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

/// Rows (length, in) seen as (length / size, size * in), weight (out, in, size) as (out, size *
/// in).
class PatchGradient final : public ProductGradient {
 public:
  PatchGradient(Step& step, LayerContext& context, std::int64_t size)
      : ProductGradient(step, context), size_(size) {}

 protected:
  TensorView dense_input(const TensorView& in) const override {
    return in.reshape({in.shape[0] / size_, size_ * in.shape[1]});
  }
  Tensor turned_weight(const TensorView& weight) const override {
    Tensor turned(DType::kF32, {weight.shape[0], size_ * weight.shape[1]});
    auto* to = turned.view().as<float>();
    const auto* from = weight.as<float>();
    for_each_turned(weight, [&](std::int64_t at, std::int64_t there) { to[there] = from[at]; });
    return turned;
  }
  void add_turned(const TensorView& turned, const TensorView& weight) const override {
    auto* to = weight.as<float>();
    const auto* from = turned.as<float>();
    for_each_turned(weight, [&](std::int64_t at, std::int64_t there) { to[at] += from[there]; });
  }

 private:
  /// body(index in weight (out, in, size), index in turned (out, size, in)).
  template <class Body>
  void for_each_turned(const TensorView& weight, const Body& body) const {
    const std::int64_t in = weight.shape[1];
    for (std::int64_t o = 0; o < weight.shape[0]; ++o) {
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t k = 0; k < size_; ++k) {
          body((o * in + i) * size_ + k, (o * size_ + k) * in + i);
        }
      }
    }
  }

  std::int64_t size_;
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
  const auto stride = static_cast<int>(step.options.whole_or("stride", 1, 1, 64));
  return std::make_unique<ProductGradient>(step, context, ProductShape{.stride = stride});
}

std::unique_ptr<LayerGradient> linear_gradient(Step& step, LayerContext& context) {
  return std::make_unique<ProductGradient>(step, context);
}

std::unique_ptr<LayerGradient> patch_gradient(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights") + ".weight";
  return std::make_unique<PatchGradient>(step, context, context.tensor(name).shape[2]);
}

std::unique_ptr<LayerGradient> unpatch_gradient(Step& step, LayerContext& context) {
  return std::make_unique<UnpatchGradient>(step, context);
}

std::unique_ptr<LayerGradient> one_hot_conv1d_gradient(Step& step, LayerContext& context) {
  return std::make_unique<OneHotGradient>(step, context);
}

}  // namespace heddle::attention
