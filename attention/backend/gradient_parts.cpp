#include "attention/backend/gradient_parts.h"

#include "attention/backend/element.h"

namespace heddle::attention {

void GradientPart::take(const AttentionGradientArgs& wanted) {
  std::int64_t floats = 0;
  const auto count = [&](const TensorView& view) { floats += view.empty() ? 0 : view.size(); };
  for (const TensorView& view : wanted.query_gradients) count(view);
  for (const KeySegmentGradient& segment : wanted.segment_gradients) {
    count(segment.keys);
    count(segment.values);
  }
  memory_.assign(static_cast<std::size_t>(floats), 0);
  float* free = memory_.data();
  const auto like = [&](const TensorView& view) {
    if (view.empty()) return view;
    const TensorView part = view_of(free, {view.shape[0], view.shape[1], view.shape[2]});
    free += view.size();
    return part;
  };
  queries_.clear();
  segments_.clear();
  for (const TensorView& view : wanted.query_gradients) queries_.push_back(like(view));
  for (const KeySegmentGradient& segment : wanted.segment_gradients) {
    segments_.push_back({like(segment.keys), like(segment.values)});
  }
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
  gradient_sums(first, second, to, sums);
  return sums;
}

void gradient_sums(const AttentionGradientArgs& first,
                   const AttentionGradientArgs& second,
                   const AttentionGradientArgs& to,
                   std::vector<GradientSum>& sums) {
  sums.clear();
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
