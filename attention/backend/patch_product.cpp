#include "attention/backend/patch_product.h"

#include "attention/backend/gradient_checks.h"

namespace heddle::attention {
namespace {

/// body(index in weight (out, in, size), index in turned (out, size, in)).
template <class Body>
void for_each_turned(const TensorView& weight, const Body& body) {
  const std::int64_t in = weight.shape[1];
  const std::int64_t size = weight.shape[2];
  for (std::int64_t o = 0; o < weight.shape[0]; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      for (std::int64_t k = 0; k < size; ++k)
        body((o * in + i) * size + k, (o * size + k) * in + i);
    }
  }
}

Tensor turned_like(const TensorView& weight) {
  return {DType::kF32, {weight.shape[0], weight.shape[2] * weight.shape[1]}};
}

Tensor turned_weight(const TensorView& weight) {
  Tensor turned = turned_like(weight);
  auto* to = turned.view().as<float>();
  const auto* from = weight.as<float>();
  for_each_turned(weight, [&](std::int64_t at, std::int64_t there) { to[there] = from[at]; });
  return turned;
}

TensorView long_rows(const TensorView& in, std::int64_t size) {
  return in.reshape({in.shape[0] / size, size * in.shape[1]});
}

}  // namespace

ProductArgs rows_of_patches(const ProductArgs& args, const TensorView& turned) {
  ProductArgs rows = args;
  rows.shape = {};
  rows.weight = turned;
  rows.in = long_rows(args.in, args.weight.shape[2]);
  return rows;
}

ProductGradientArgs rows_of_patches(const ProductGradientArgs& args,
                                    const TensorView& turned,
                                    const TensorView& turned_gradient) {
  const std::int64_t size = args.weight.shape[2];
  ProductGradientArgs rows = args;
  rows.shape = {};
  rows.weight = turned;
  rows.in = long_rows(args.in, size);
  if (!args.in_gradient.view.empty()) {
    rows.in_gradient.view = long_rows(args.in_gradient.view, size);
  }
  rows.weight_gradient = turned_gradient;
  return rows;
}

void product_of_patches(const ProductArgs& args,
                        const std::function<void(const ProductArgs&)>& linear) {
  check(args);
  const Tensor turned = turned_weight(args.weight);
  linear(rows_of_patches(args, turned.view()));
}

void gradient_of_patches(const ProductGradientArgs& args,
                         const std::function<void(const ProductGradientArgs&)>& linear) {
  check(args);
  const Tensor turned = turned_weight(args.weight);
  const Tensor gradient = args.weight_gradient.empty() ? Tensor() : turned_like(args.weight);
  linear(rows_of_patches(args, turned.view(), gradient.empty() ? TensorView{} : gradient.view()));
  if (gradient.empty()) return;
  auto* to = args.weight_gradient.as<float>();
  const auto* from = gradient.view().as<float>();
  for_each_turned(args.weight, [&](std::int64_t at, std::int64_t there) { to[at] += from[there]; });
}

}  // namespace heddle::attention
