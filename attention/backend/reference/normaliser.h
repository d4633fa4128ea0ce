#pragma once
// The weights of one row of logits under a normaliser, and their gradients, in double. The
// threshold is found by bisection, which holds for every alpha: the judge of faster ways.

#include <span>
#include <vector>

namespace heddle::attention::reference {

/// The weights of `logits`; alpha 1 is softmax.
std::vector<double> normalise(std::span<const double> logits, double alpha);

struct NormaliserGradient {
  std::vector<double> logits;
  double alpha = 0;
};
/// From the weights and their gradients (arXiv 1905.05702, section 3; 1909.00015, proposition 1).
NormaliserGradient normalise_gradient(std::span<const double> weights,
                                      std::span<const double> weight_gradients,
                                      double alpha);

}  // namespace heddle::attention::reference
