#pragma once
// Softmax over keys that arrive in parts: the running maximum and the sum of 2^(logit - maximum)
// (online softmax, arXiv 1805.02867), logits in units of log2. States form a monoid under merge:
// {-inf, 0} is its identity, exactly: merging it from either side changes no bit.
// Threads: values. Errors: none.

#include <cmath>
#include <limits>

namespace heddle::attention {

template <class T>
struct SoftmaxState {
  T max = -std::numeric_limits<T>::infinity();
  T sum = 0;

  bool operator==(const SoftmaxState&) const = default;
};

/// What the outputs summed under each state are to be multiplied by before they are added.
template <class T>
struct MergeWeights {
  T left = 1;
  T right = 0;
};

/// left := left merged with right, the keys of left first.
template <class T>
MergeWeights<T> merge(SoftmaxState<T>& left, const SoftmaxState<T>& right) {
  const T none = -std::numeric_limits<T>::infinity();
  if (right.max == none) return {.left = 1, .right = 0};
  if (left.max == none) {
    left = right;
    return {.left = 0, .right = 1};
  }
  const T max = right.max > left.max ? right.max : left.max;
  const MergeWeights<T> weights = {.left = std::exp2(left.max - max),
                                   .right = std::exp2(right.max - max)};
  left = {.max = max, .sum = left.sum * weights.left + right.sum * weights.right};
  return weights;
}

/// ln of the sum of e^logit over the keys; -inf where there was none.
template <class T>
double log_sum_exp(const SoftmaxState<T>& state) {
  constexpr double kLn2 = 0.693147180559945309417;
  if (state.max == -std::numeric_limits<T>::infinity()) return state.max;
  return (static_cast<double>(state.max) + std::log2(static_cast<double>(state.sum))) * kLn2;
}

}  // namespace heddle::attention
