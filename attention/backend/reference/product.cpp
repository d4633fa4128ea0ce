#include "attention/backend/reference/product.h"

#include "attention/backend/reference/activation.h"

namespace heddle::attention::reference {

Product::Product(const DenseShape& of, const TensorView& weights, const TensorView& biases)
    : shape(of),
      weight(DType::kF64, std::span(weights.shape.data(), static_cast<std::size_t>(weights.rank))),
      bias(DType::kF64, {of.out}) {
  copy(weights, weight.view());
  if (of.bias) copy(biases, bias.view());
}

void Product::store(float& to, std::int64_t channel, double sum, bool accumulate) const {
  sum += bias.view().as<double>()[channel];
  if (accumulate) sum += to;
  to = static_cast<float>(activate(shape.activation, sum));
}

}  // namespace heddle::attention::reference
