#pragma once
// Gradients of random attention calls, for differential tests: the forward is the reference's, the
// gradients of out and of log_sum_exp are random.

#include "tests/unit/attention/kernels/attention_case.h"

namespace heddle::attention::kernel_tests {

using GradientFunction = void (*)(const AttentionGradientArgs&);

/// Every gradient of one call, in the case's dtype.
struct Gradients {
  std::vector<Tensor> queries;  // (heads, queries, key_dim), one a query set
  Tensor keys;                  // (kv_heads, keys, key_dim)
  Tensor values;                // (kv_heads, keys, value_dim)
};

class GradientCase {
 public:
  /// Borrows both for its lifetime.
  GradientCase(const AttentionCase& forward, const BlockPlan& plan, std::uint64_t seed);

  const AttentionCase& forward() const { return forward_; }
  const BlockPlan& plan() const { return plan_; }
  const TensorView& out_gradient() const { return out_gradient_.view(); }
  const TensorView& log_sum_exp_gradient() const { return log_sum_exp_gradient_.view(); }
  float scale() const;

  Gradients run(GradientFunction gradient) const;

 private:
  const AttentionCase& forward_;
  const BlockPlan& plan_;
  Result result_;
  Tensor out_gradient_;
  Tensor log_sum_exp_gradient_;
};

/// Within the tolerances of the dtype, three times those of the forward (gradients sum more
/// roundings), of each tensor's largest element. `logits` is the largest magnitude of a logit: a
/// weight e^(logit - log_sum_exp) is known to 2^-23 of it.
void expect_close(const GradientCase& gradient_case,
                  const Gradients& got,
                  const Gradients& wanted,
                  double logits = 0);

/// Bit for bit.
void expect_same_bits(const Gradients& one, const Gradients& other);

}  // namespace heddle::attention::kernel_tests
