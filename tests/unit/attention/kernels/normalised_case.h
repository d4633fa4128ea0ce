#pragma once
// Calls of attention under a normaliser with everything that rescales it, and all their gradients.

#include "attention/backend/normalised_op.h"
#include "tests/unit/attention/kernels/attention_case.h"

namespace heddle::attention::kernel_tests {

using NormalisedFunction = void (*)(const NormalisedArgs&);
using NormalisedGradientFunction = void (*)(const NormalisedGradientArgs&);

struct NormalisedShape {
  std::string name;
  CaseShape attention;
  Normaliser normaliser;
  bool own_alphas = false;
  float least_alpha = 1.15f;
  float most_alpha = 1.9f;
  bool spans = false;
  bool bias = false;
  bool importance = false;
};

/// The inputs of one call beside queries, keys and values, which are the AttentionCase's.
class NormalisedCase {
 public:
  NormalisedCase(const NormalisedShape& shape, std::uint64_t seed);

  const NormalisedShape& shape() const { return shape_; }
  const AttentionCase& attention() const { return attention_; }
  const BlockPlan& plan() const { return plan_; }
  const TensorView& out_gradient() const { return out_gradient_.view(); }
  /// Vectors that may be changed between runs; empty where the shape has none.
  const TensorView& alphas() const { return alphas_.view(); }
  const TensorView& spans() const { return spans_.view(); }
  const TensorView& bias() const { return bias_.view(); }              // (keys)
  const TensorView& importance() const { return importance_.view(); }  // (keys)

  Tensor run(NormalisedFunction forward) const;
  struct Gradients {
    std::vector<Tensor> operands;  // query sets, keys, values
    std::vector<Tensor> vectors;   // alphas, spans, bias, importance
  };
  Gradients run(NormalisedGradientFunction gradient) const;

 private:
  struct Call;
  NormalisedShape shape_;
  AttentionCase attention_;
  BlockPlan plan_;
  Tensor out_gradient_;
  Tensor alphas_, spans_, bias_, importance_;
};

}  // namespace heddle::attention::kernel_tests
