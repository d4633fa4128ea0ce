#include "attention/backend/reference/ops.h"
#include "attention/backend/reference/product.h"

namespace heddle::attention::reference {
namespace {

class Conv2d final : public Dense {
 public:
  explicit Conv2d(const Conv2dSpec& spec) : product_(checked_shape(spec), spec.weight, spec.bias) {}

  std::size_t scratch_bytes(const TensorView&) const override { return 0; }

  void run(const TensorView& in,
           const TensorView& out,
           TensorView /*scratch*/,
           bool accumulate) const override {
    check_run(product_.shape, in, out, accumulate);
    for (std::int64_t y = 0; y < out.shape[0]; ++y) {
      for (std::int64_t x = 0; x < out.shape[1]; ++x) {
        float* to = row_start(out, y * out.shape[1] + x);
        for (std::int64_t o = 0; o < product_.shape.out; ++o) {
          product_.store(to[o], o, sum_at(in, y, x, o), accumulate);
        }
      }
    }
  }

 private:
  double sum_at(const TensorView& in, std::int64_t y, std::int64_t x, std::int64_t channel) const {
    const DenseShape& s = product_.shape;
    const auto* weight = product_.weight.view().as<double>() + channel * s.in * s.width * s.width;
    double sum = 0;
    for (std::int64_t tap = 0; tap < s.width * s.width; ++tap) {
      const std::int64_t from_y = y * s.stride + tap / s.width - s.halo();
      const std::int64_t from_x = x * s.stride + tap % s.width - s.halo();
      if (from_y < 0 || from_y >= in.shape[0] || from_x < 0 || from_x >= in.shape[1]) continue;
      const float* from = row_start(in, from_y * in.shape[1] + from_x);
      for (std::int64_t i = 0; i < s.in; ++i) sum += weight[i * s.width * s.width + tap] * from[i];
    }
    return sum;
  }

  Product product_;  // weight (out, in, width, width)
};

}  // namespace

std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) { return std::make_unique<Conv2d>(spec); }

}  // namespace heddle::attention::reference
