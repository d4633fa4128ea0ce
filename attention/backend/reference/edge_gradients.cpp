// Gradients at a model's two ends, and columns moved with a factor.

#include "attention/backend/gradient_checks.h"
#include "attention/backend/reference/gradients.h"

#include <cmath>
#include <vector>

namespace heddle::attention::reference {

void columns(const ColumnsArgs& args) {
  check(args);
  for (std::int64_t row = 0; row < row_count(args.from); ++row) {
    const float* from = row_start(args.from, row) + args.at_from;
    float* to = row_start(args.to, row) + args.at_to;
    for (std::int64_t i = 0; i < args.count; ++i) {
      const double x = args.scale == 0 ? 0 : double{args.scale} * from[i];
      put({.view = {}, .add = args.add}, to[i], x);
    }
  }
}

void exp_clamp_gradient(const ExpClampGradientArgs& args) {
  check(args);
  if (args.in_gradient.view.empty()) return;
  for (std::int64_t row = 0; row < row_count(args.in); ++row) {
    const float* x = row_start(args.in, row);
    const float* dy = row_start(args.out_gradient, row);
    float* dx = row_start(args.in_gradient.view, row);
    for (std::int64_t i = 0; i < args.in.shape[args.in.rank - 1]; ++i) {
      const bool inside = std::abs(x[i]) <= args.limit;
      put(args.in_gradient, dx[i], inside ? dy[i] * args.scale * std::exp(double{x[i]}) : 0);
    }
  }
}

// y = x - log sum exp x:  dx = dy - exp(y) sum(dy)
void log_softmax_gradient(const LogSoftmaxGradientArgs& args) {
  check(args);
  if (args.in_gradient.view.empty()) return;
  const std::int64_t width = args.out.shape[args.out.rank - 1] / args.groups;
  for (std::int64_t group = 0; group < row_count(args.out) * args.groups; ++group) {
    const std::int64_t at = group % args.groups * width;
    const float* y = row_start(args.out, group / args.groups) + at;
    const float* dy = row_start(args.out_gradient, group / args.groups) + at;
    float* dx = row_start(args.in_gradient.view, group / args.groups) + at;
    double sum = 0;
    for (std::int64_t i = 0; i < width; ++i) sum += dy[i];
    for (std::int64_t i = 0; i < width; ++i) {
      put(args.in_gradient, dx[i], dy[i] - std::exp(double{y[i]}) * sum);
    }
  }
}

void one_hot_product(const OneHotProductArgs& args) {
  check(args);
  const auto* classes = args.classes.as<std::uint8_t>();
  const auto* weight = args.weight.as<float>();
  const std::int64_t length = args.classes.shape[0];
  const std::int64_t known = args.weight.shape[1];
  const std::int64_t width = args.weight.shape[2];
  for (std::int64_t p = 0; p < length; ++p) {
    for (std::int64_t o = 0; o < args.weight.shape[0]; ++o) {
      double sum = args.bias.empty() ? 0 : args.bias.as<float>()[o];
      for (std::int64_t tap = 0; tap < width; ++tap) {
        const std::int64_t at = p + tap - width / 2;
        if (at < 0 || at >= length || classes[at] >= known) continue;
        sum += weight[(o * known + classes[at]) * width + tap];
      }
      args.out.as<float>()[p * args.weight.shape[0] + o] = static_cast<float>(sum);
    }
  }
}

void one_hot_product_gradient(const OneHotGradientArgs& args) {
  check(args);
  const auto* classes = args.classes.as<std::uint8_t>();
  const std::int64_t length = args.classes.shape[0];
  const std::int64_t outs = args.out_gradient.shape[1];
  std::vector<double> weights(
      static_cast<std::size_t>(args.weight_gradient.empty() ? 0 : args.weight_gradient.size()));
  std::vector<double> biases(static_cast<std::size_t>(outs));
  const std::int64_t known = args.weight_gradient.shape[1];
  const std::int64_t width = args.weight_gradient.shape[2];
  for (std::int64_t p = 0; p < length; ++p) {
    const float* dy = row_start(args.out_gradient, p);
    for (std::int64_t o = 0; o < outs; ++o) biases[static_cast<std::size_t>(o)] += dy[o];
    for (std::int64_t tap = 0; !weights.empty() && tap < width; ++tap) {
      const std::int64_t at = p + tap - width / 2;
      if (at < 0 || at >= length || classes[at] >= known) continue;
      for (std::int64_t o = 0; o < outs; ++o) {
        weights[static_cast<std::size_t>((o * known + classes[at]) * width + tap)] += dy[o];
      }
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    args.weight_gradient.as<float>()[i] =
        static_cast<float>(args.weight_gradient.as<float>()[i] + weights[i]);
  }
  for (std::size_t i = 0; !args.bias_gradient.empty() && i < biases.size(); ++i) {
    args.bias_gradient.as<float>()[i] =
        static_cast<float>(args.bias_gradient.as<float>()[i] + biases[i]);
  }
}

}  // namespace heddle::attention::reference
