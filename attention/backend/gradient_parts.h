#pragma once
// Gradients of a call that come in two parts, a plan's rows and its strands: each in fp32 tensors
// of its own, then their sum in the call's types. Threads: values; heads may be summed at once.
// Errors: none; the call was checked before.

#include "attention/backend/attention_op.h"

#include <vector>

namespace heddle::attention {

/// fp32 gradients of a call, zero at first: those that are wanted there. Taken again for another
/// call it allocates nothing that the largest did not.
class GradientPart {
 public:
  GradientPart() = default;
  explicit GradientPart(const AttentionGradientArgs& wanted) { take(wanted); }

  void take(const AttentionGradientArgs& wanted);

  /// The same call, writing here. Borrows both.
  AttentionGradientArgs call(const AttentionGradientArgs& wanted) const;

 private:
  std::vector<float> memory_;
  std::vector<TensorView> queries_;
  std::vector<KeySegmentGradient> segments_;
};

/// A gradient and its two parts.
struct GradientSum {
  TensorView first;
  TensorView second;
  TensorView to;
};
/// Every wanted gradient of `to`, whose parts two calls of the same shape have written.
std::vector<GradientSum> gradient_sums(const AttentionGradientArgs& first,
                                       const AttentionGradientArgs& second,
                                       const AttentionGradientArgs& to);
void gradient_sums(const AttentionGradientArgs& first,
                   const AttentionGradientArgs& second,
                   const AttentionGradientArgs& to,
                   std::vector<GradientSum>& sums);
/// to := first + second, of one head.
void store_sum(const GradientSum& sum, std::int64_t head);

}  // namespace heddle::attention
