#include "attention/model/layers/product.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

Activation activation_named(const std::string& name) {
  if (name == "none") return Activation::kNone;
  if (name == "relu") return Activation::kRelu;
  if (name == "gelu") return Activation::kGelu;
  throw std::invalid_argument("option 'activation': expected none, relu or gelu, the file has '" +
                              name + "'");
}

}  // namespace

ProductOptions product_options(Step& step, LayerContext& context) {
  const std::string name = step.options.text("weights");
  ProductOptions options{.weight = name + ".weight"};
  if (step.options.flag_or("bias", true)) options.bias = context.tensor(name + ".bias");
  options.activation = activation_named(step.options.text_or("activation", "none"));
  options.accumulate = step.options.flag_or("accumulate", false);
  if (options.accumulate && options.activation != Activation::kNone) {
    throw std::invalid_argument("a product that accumulates takes no activation");
  }
  return options;
}

const TensorView& require_rank(const std::string& name, const TensorView& weight, int rank) {
  if (weight.rank != rank) {
    throw std::invalid_argument("expected '" + name + "' with " + std::to_string(rank) +
                                " axes, the file has " + describe(weight));
  }
  return weight;
}

void require_channels(const Shape& in, std::int64_t channels) {
  if (channels_of(in) != channels) {
    throw std::invalid_argument("expected " + std::to_string(channels) + " channels, got " +
                                describe(in));
  }
}

}  // namespace heddle::attention
