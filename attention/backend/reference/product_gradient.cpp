#include "attention/backend/gradient_checks.h"
#include "attention/backend/patch_product.h"
#include "attention/backend/reference/gradients.h"
#include "attention/backend/reference/ops.h"

#include <vector>

namespace heddle::attention::reference {
namespace {

/// A pair of pixels (rows, positions) that meet at a tap of the weight.
struct Meeting {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t tap = 0;
};

/// body(meeting) for every output pixel, every tap that lies inside.
template <class Body>
void for_each_meeting(const DenseShape& s, const TensorView& in, const Body& body) {
  const bool image = s.spatial_axes == 2;
  const std::int64_t height = image ? in.shape[0] : 1;
  const std::int64_t width = image ? in.shape[1] : in.shape[0];
  const std::int64_t taps_down = image ? s.width : 1;
  for (std::int64_t y = 0; y < height / (image ? s.stride : 1); ++y) {
    for (std::int64_t x = 0; x < width / s.stride; ++x) {
      for (std::int64_t tap = 0; tap < taps_down * s.width; ++tap) {
        const std::int64_t down = image ? tap / s.width - s.halo() : 0;
        const std::int64_t from_y = y * s.stride + down;
        const std::int64_t from_x = x * s.stride + tap % s.width * s.dilation - s.halo();
        if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) continue;
        body(Meeting{from_y * width + from_x, y * (width / s.stride) + x, tap});
      }
    }
  }
}

void add_to(const TensorView& to, const std::vector<double>& sums) {
  if (to.empty()) return;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    float& x = to.as<float>()[i];
    x = static_cast<float>(x + sums[i]);
  }
}

}  // namespace

void product(const ProductArgs& args) {
  if (args.shape.patch) return product_of_patches(args, reference::product);
  check(args);
  std::unique_ptr<Dense> dense;
  if (args.weight.rank == 2) dense = linear({.weight = args.weight, .bias = args.bias});
  if (args.weight.rank == 3) {
    dense = conv1d({.weight = args.weight, .bias = args.bias, .dilation = args.shape.dilation});
  }
  if (args.weight.rank == 4) {
    dense = conv2d({.weight = args.weight, .bias = args.bias, .stride = args.shape.stride});
  }
  dense->run(args.in, args.out, {}, args.accumulate);
}

// dx[p] += W[tap]^T dy[q];  dW[tap] += dy[q] x[p]^T;  db += dy[q]   for every meeting (p, q, tap)
void product_gradient(const ProductGradientArgs& args) {
  if (args.shape.patch) return gradient_of_patches(args, reference::product_gradient);
  const DenseShape s = check(args);
  const std::int64_t taps = args.weight.size() / (s.in * s.out);
  const auto* weight = args.weight.as<float>();  // (out, in, taps)
  std::vector<double> in_sums(static_cast<std::size_t>(args.in.size()));
  std::vector<double> weight_sums(static_cast<std::size_t>(args.weight.size()));
  std::vector<double> bias_sums(static_cast<std::size_t>(s.out));
  for_each_meeting(s, args.in, [&](const Meeting& at) {
    const float* x = row_start(args.in, at.in);
    const float* dy = row_start(args.out_gradient, at.out);
    double* dx = in_sums.data() + at.in * s.in;
    for (std::int64_t o = 0; o < s.out; ++o) {
      for (std::int64_t i = 0; i < s.in; ++i) {
        const std::int64_t w = (o * s.in + i) * taps + at.tap;
        dx[i] += double{weight[w]} * dy[o];
        weight_sums[static_cast<std::size_t>(w)] += double{dy[o]} * x[i];
      }
    }
  });
  for (std::int64_t q = 0; q < row_count(args.out_gradient); ++q) {
    const float* dy = row_start(args.out_gradient, q);
    for (std::int64_t o = 0; o < s.out; ++o) bias_sums[static_cast<std::size_t>(o)] += dy[o];
  }
  for (std::int64_t p = 0; !args.in_gradient.view.empty() && p < row_count(args.in); ++p) {
    float* to = row_start(args.in_gradient.view, p);
    for (std::int64_t i = 0; i < s.in; ++i) {
      put(args.in_gradient, to[i], in_sums[static_cast<std::size_t>(p * s.in + i)]);
    }
  }
  add_to(args.weight_gradient, weight_sums);
  add_to(args.bias_gradient, bias_sums);
}

}  // namespace heddle::attention::reference
