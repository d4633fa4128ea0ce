#include "attention/backend/reference/normaliser.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace heddle::attention::reference {
namespace {

double weight_at(double distance, double alpha) {
  return distance > 0 ? std::pow(distance, 1 / (alpha - 1)) : 0;
}

/// tau in [max - 1, max], where the sum of the weights falls from at least 1 to 0.
double threshold(const std::vector<double>& scaled, double alpha) {
  const double max = *std::ranges::max_element(scaled);
  double low = max - 1;
  double high = max;
  for (int halving = 0; halving < 200; ++halving) {
    const double tau = (low + high) / 2;
    double sum = 0;
    for (const double x : scaled) sum += weight_at(x - tau, alpha);
    (sum >= 1 ? low : high) = tau;
  }
  return low;
}

void share_out(std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
}

}  // namespace

std::vector<double> normalise(std::span<const double> logits, double alpha) {
  std::vector<double> weights(logits.begin(), logits.end());
  if (weights.empty()) return weights;
  const double max = *std::ranges::max_element(weights);
  if (alpha == 1) {
    for (double& x : weights) x = std::exp(x - max);
  } else {
    for (double& x : weights) x = (x - max) * (alpha - 1);
    const double tau = threshold(weights, alpha);
    for (double& x : weights) x = weight_at(x - tau, alpha);
  }
  share_out(weights);
  return weights;
}

NormaliserGradient normalise_gradient(std::span<const double> weights,
                                      std::span<const double> weight_gradients,
                                      double alpha) {
  NormaliserGradient made = {.logits = std::vector<double>(weights.size())};
  double slopes = 0;   // of the weights: w^(2 - alpha)
  double product = 0;  // slope . dw
  double entropy = 0;  // sum of w ln w
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double slope = std::pow(weights[i], 2 - alpha);
    slopes += slope;
    product += slope * weight_gradients[i];
    entropy += weights[i] * std::log(weights[i]);
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double slope = std::pow(weights[i], 2 - alpha);
    made.logits[i] = slope * (weight_gradients[i] - product / slopes);
    if (alpha == 1) continue;  // at the limit the formula below is 0 / 0
    const double skewed = slope / slopes;
    const double log = weights[i] * std::log(weights[i]);
    made.alpha += weight_gradients[i] * ((weights[i] - skewed) / ((alpha - 1) * (alpha - 1)) -
                                         (log - skewed * entropy) / (alpha - 1));
  }
  return made;
}

}  // namespace heddle::attention::reference
