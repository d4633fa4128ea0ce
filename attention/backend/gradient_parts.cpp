#include "attention/backend/gradient_parts.h"

#include "attention/backend/element.h"

namespace heddle::attention {

GradientPart::GradientPart(const AttentionGradientArgs& wanted) {
  for (const TensorView& view : wanted.query_gradients) queries_.push_back(like(view));
  for (const KeySegmentGradient& segment : wanted.segment_gradients) {
    segments_.push_back({like(segment.keys), like(segment.values)});
  }
}

TensorView GradientPart::like(const TensorView& view) {
  if (view.empty()) return view;
  return memory_.emplace_back(DType::kF32, std::span(view.shape).first(3)).view();
}

AttentionGradientArgs GradientPart::call(const AttentionGradientArgs& wanted) const {
  AttentionGradientArgs made = wanted;
  made.query_gradients = queries_;
  made.segment_gradients = segments_;
  return made;
}

std::vector<GradientSum> gradient_sums(const AttentionGradientArgs& first,
                                       const AttentionGradientArgs& second,
                                       const AttentionGradientArgs& to) {
  std::vector<GradientSum> sums;
  const auto add = [&](const TensorView& a, const TensorView& b, const TensorView& sum) {
    if (!sum.empty()) sums.push_back({a, b, sum});
  };
  for (std::size_t i = 0; i < to.query_gradients.size(); ++i) {
    add(first.query_gradients[i], second.query_gradients[i], to.query_gradients[i]);
  }
  for (std::size_t i = 0; i < to.segment_gradients.size(); ++i) {
    const KeySegmentGradient& a = first.segment_gradients[i];
    const KeySegmentGradient& b = second.segment_gradients[i];
    add(a.keys, b.keys, to.segment_gradients[i].keys);
    add(a.values, b.values, to.segment_gradients[i].values);
  }
  return sums;
}

void store_sum(const GradientSum& sum, std::int64_t head) {
  const TensorView first = sum.first.at(0, head);
  const TensorView second = sum.second.at(0, head);
  const TensorView to = sum.to.at(0, head);
  for (std::int64_t row = 0; row < to.shape[0]; ++row) {
    const float* a = first.as<float>() + row * first.stride[0];
    const float* b = second.as<float>() + row * second.stride[0];
    for (std::int64_t i = 0; i < to.shape[1]; ++i) {
      store_element(to.dtype, to.data, row * to.stride[0] + i, a[i] + b[i]);
    }
  }
}

}  // namespace heddle::attention
