#include "tests/unit/attention/kernels/normalised_case.h"

#include "attention/patterns/block_plan.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

Tensor uniform(std::int64_t size, float low, float high, std::mt19937_64& random) {
  Tensor made(DType::kF32, {size});
  std::uniform_real_distribution<float> draw(low, high);
  for (std::int64_t i = 0; i < size; ++i) made.view().as<float>()[i] = draw(random);
  return made;
}

Tensor like(const TensorView& view) {
  if (view.empty()) return {};
  return {DType::kF32, std::span(view.shape.data(), static_cast<std::size_t>(view.rank))};
}

BlockPlan plan_for(const CaseShape& shape, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return random_plan(shape, random);
}

}  // namespace

/// The arguments that forward and backward share.
struct NormalisedCase::Call {
  std::array<KeySegment, 2> segments;
  std::vector<KeyModulation> modulations;
  NormalisedArgs args;

  Call(const NormalisedCase& of, const TensorView& out)
      : segments(of.attention_.segments()),
        modulations(cut(of, of.bias(), of.importance())),
        args({.call = {.plan = &of.plan_,
                       .queries = of.attention_.query_sets(),
                       .segments = segments,
                       .scale = 1.5f / std::sqrt(static_cast<float>(of.shape_.attention.key_dim)),
                       .out = out},
              .normaliser = of.shape_.normaliser,
              .alphas = of.alphas(),
              .spans = of.spans(),
              .ramp = of.shape_.spans ? 20.0f : 0.0f,
              .modulations = modulations}) {}

  static std::vector<KeyModulation> cut(const NormalisedCase& of,
                                        const TensorView& bias,
                                        const TensorView& importance) {
    const std::int64_t keys = of.shape_.attention.keys;
    const std::int64_t first = std::min(of.shape_.attention.cut, keys);
    const auto part = [](const TensorView& of_view, std::int64_t begin, std::int64_t count) {
      return of_view.empty() ? TensorView{} : of_view.slice(0, begin, count);
    };
    return {{part(bias, 0, first), part(importance, 0, first)},
            {part(bias, first, keys - first), part(importance, first, keys - first)}};
  }
};

NormalisedCase::NormalisedCase(const NormalisedShape& shape, std::uint64_t seed)
    : shape_(shape), attention_(shape.attention, seed), plan_(plan_for(shape.attention, seed + 1)) {
  std::mt19937_64 random(seed + 2);
  const CaseShape& dims = shape.attention;
  out_gradient_ = Tensor(DType::kF32, {dims.heads, dims.queries, dims.value_dim});
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < out_gradient_.view().size(); ++i) {
    out_gradient_.view().as<float>()[i] = normal(random);
  }
  if (shape.own_alphas) alphas_ = uniform(dims.heads, shape.least_alpha, shape.most_alpha, random);
  if (shape.spans) spans_ = uniform(dims.heads, 5, 60, random);
  if (shape.bias) bias_ = uniform(dims.keys, -1, 1, random);
  if (shape.importance) importance_ = uniform(dims.keys, 0.1f, 2, random);
}

Tensor NormalisedCase::run(NormalisedFunction forward) const {
  const CaseShape& dims = shape_.attention;
  Tensor out(DType::kF32, {dims.heads, dims.queries, dims.value_dim});
  forward(Call(*this, out.view()).args);
  return out;
}

NormalisedCase::Gradients NormalisedCase::run(NormalisedGradientFunction gradient) const {
  Gradients made;
  std::vector<TensorView> queries;
  for (const TensorView& set : attention_.query_sets()) {
    made.operands.push_back(like(set));
    queries.push_back(made.operands.back().view());
  }
  made.operands.push_back(like(attention_.keys()));
  const TensorView keys = made.operands.back().view();
  made.operands.push_back(like(attention_.values()));
  const TensorView values = made.operands.back().view();
  for (const TensorView& vector : {alphas(), spans(), bias(), importance()}) {
    made.vectors.push_back(like(vector));
  }
  const std::int64_t first = std::min(shape_.attention.cut, shape_.attention.keys);
  const std::int64_t second = shape_.attention.keys - first;
  const KeySegmentGradient segments[] = {
      {keys.slice(1, 0, first), values.slice(1, 0, first)},
      {keys.slice(1, first, second), values.slice(1, first, second)}};
  const auto modulations = Call::cut(*this, made.vectors[2].view(), made.vectors[3].view());
  const Tensor out = like(out_gradient());
  gradient({.forward = Call(*this, out.view()).args,
            .out_gradient = out_gradient(),
            .query_gradients = queries,
            .segment_gradients = segments,
            .alpha_gradient = made.vectors[0].view(),
            .span_gradient = made.vectors[1].view(),
            .modulation_gradients = modulations});
  return made;
}

}  // namespace heddle::attention::kernel_tests
