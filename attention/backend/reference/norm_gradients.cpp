// The gradients of the norms, which share how a row's gradient is projected.

#include "attention/backend/gradient_checks.h"
#include "attention/backend/reference/gradients.h"

#include <cmath>
#include <vector>

namespace heddle::attention::reference {
namespace {

/// Sums of gradients of gain and bias over rows.
struct ChannelSums {
  std::vector<double> gain;
  std::vector<double> bias;

  explicit ChannelSums(std::int64_t channels)
      : gain(static_cast<std::size_t>(channels)), bias(static_cast<std::size_t>(channels)) {}

  void add_to(const RowGradientArgs& args) const {
    add(gain, args.gain_gradient);
    add(bias, args.bias_gradient);
  }

 private:
  static void add(const std::vector<double>& sums, const TensorView& to) {
    for (std::size_t i = 0; !to.empty() && i < sums.size(); ++i) {
      to.as<float>()[i] = static_cast<float>(to.as<float>()[i] + sums[i]);
    }
  }
};

/// With u = (x - mean) * scale and g = gain * dy:
///   dx = scale (g - mean(g) - u mean(g u))   where centred, else scale (g - u mean(g u))
void normalised_row_gradient(const RowGradientArgs& args,
                             std::int64_t row,
                             bool centred,
                             ChannelSums& sums) {
  const std::int64_t channels = args.in.shape[args.in.rank - 1];
  const auto n = static_cast<double>(channels);
  const float* x = row_start(args.in, row);
  const float* dy = row_start(args.out_gradient, row);
  const auto* gain = args.gain.as<float>();
  double mean = 0;
  for (std::int64_t i = 0; centred && i < channels; ++i) mean += x[i] / n;
  double squares = 0;
  for (std::int64_t i = 0; i < channels; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double scale = 1 / std::sqrt(squares / n + args.eps);
  double mean_g = 0;
  double mean_gu = 0;
  for (std::int64_t i = 0; i < channels; ++i) {
    const double u = (x[i] - mean) * scale;
    const double g = double{gain[i]} * dy[i];
    if (centred) mean_g += g / n;
    mean_gu += g * u / n;
    sums.gain[static_cast<std::size_t>(i)] += dy[i] * u;
    sums.bias[static_cast<std::size_t>(i)] += dy[i];
  }
  if (args.in_gradient.view.empty()) return;
  float* dx = row_start(args.in_gradient.view, row);
  for (std::int64_t i = 0; i < channels; ++i) {
    const double u = (x[i] - mean) * scale;
    put(args.in_gradient, dx[i], scale * (double{gain[i]} * dy[i] - mean_g - u * mean_gu));
  }
}

void normalised_gradient(const RowGradientArgs& args, bool centred) {
  ChannelSums sums(args.in.shape[args.in.rank - 1]);
  for (std::int64_t row = 0; row < row_count(args.in); ++row) {
    normalised_row_gradient(args, row, centred, sums);
  }
  sums.add_to(args);
}

}  // namespace

void rms_norm_gradient(const RowGradientArgs& args) {
  check_row_gradient("rms_norm", args);
  normalised_gradient(args, false);
}

void layer_norm_gradient(const RowGradientArgs& args) {
  check_row_gradient("layer_norm", args);
  normalised_gradient(args, true);
}

// y = x / r, r = max(|x|, eps):  dx = (dy - y (y.dy)) / r, and dy / r where eps decides
void l2_normalize_gradient(const RowGradientArgs& args) {
  check_row_gradient("l2_normalize", args);
  if (args.in_gradient.view.empty()) return;
  const std::int64_t channels = args.in.shape[args.in.rank - 1];
  for (std::int64_t row = 0; row < row_count(args.in); ++row) {
    const float* x = row_start(args.in, row);
    const float* dy = row_start(args.out_gradient, row);
    float* dx = row_start(args.in_gradient.view, row);
    double squares = 0;
    double along = 0;
    for (std::int64_t i = 0; i < channels; ++i) {
      squares += double{x[i]} * x[i];
      along += double{x[i]} * dy[i];
    }
    const double norm = std::sqrt(squares);
    const double by = 1 / std::max(norm, double{args.eps});
    const double back = norm > args.eps ? along * by * by : 0;
    for (std::int64_t i = 0; i < channels; ++i) {
      put(args.in_gradient, dx[i], (dy[i] - x[i] * back) * by);
    }
  }
}

}  // namespace heddle::attention::reference
