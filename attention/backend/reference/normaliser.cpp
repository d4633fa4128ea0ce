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

namespace {

/// (w^-e - 1) / e and its distance to -ln w over e, both finite as e > 0 goes to 0.
struct LogTerms {
  LogTerms(double weight, double e) : log(std::log(weight)) {
    const double u = -e * log;
    first = std::expm1(u) / e;
    if (u > 0.05) {
      second = (first + log) / e;
      return;
    }
    double series = 0;  // (e^u - 1 - u) / u^2 = 1 / 2! + u / 3! + ...
    double term = 0.5;
    for (int n = 3; n < 12; ++n) {
      series += term;
      term *= u / n;
    }
    second = log * log * series;
  }
  double log, first, second;
};

/// Of the loss by alpha > 1, given the weights' gradients.
double alpha_gradient(std::span<const double> weights,
                      std::span<const double> weight_gradients,
                      double alpha,
                      double slopes) {
  double log = 0, first = 0, second = 0;  // means
  for (const double weight : weights) {
    if (weight <= 0) continue;
    const LogTerms terms(weight, alpha - 1);
    log += weight * terms.log;
    first += weight * terms.first;
    second += weight * terms.second;
  }
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const LogTerms terms(weights[i], alpha - 1);
    const double factor = terms.second - second + terms.log * first - terms.first * log;
    sum -= weight_gradients[i] * weights[i] / slopes * factor;
  }
  return sum;
}

}  // namespace

NormaliserGradient normalise_gradient(std::span<const double> weights,
                                      std::span<const double> weight_gradients,
                                      double alpha) {
  NormaliserGradient made = {.logits = std::vector<double>(weights.size())};
  double slopes = 0;   // of the weights: w^(2 - alpha)
  double product = 0;  // slope . dw
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double slope = std::pow(weights[i], 2 - alpha);
    slopes += slope;
    product += slope * weight_gradients[i];
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double slope = std::pow(weights[i], 2 - alpha);
    made.logits[i] = slope * (weight_gradients[i] - product / slopes);
  }
  // Softmax has no alpha to learn.
  if (alpha > 1 && slopes > 0)
    made.alpha = alpha_gradient(weights, weight_gradients, alpha, slopes);
  return made;
}

}  // namespace heddle::attention::reference
