#include "attention/backend/reference/ops.h"
#include "attention/backend/reference/product.h"

namespace heddle::attention::reference {
namespace {

class Conv1d final : public Dense {
 public:
  explicit Conv1d(const Conv1dSpec& spec) : product_(checked_shape(spec), spec.weight, spec.bias) {}

  std::size_t scratch_bytes(const TensorView&) const override { return 0; }

  void run(const TensorView& in,
           const TensorView& out,
           TensorView /*scratch*/,
           bool accumulate) const override {
    check_run(product_.shape, in, out, accumulate);
    for (std::int64_t p = 0; p < in.shape[0]; ++p) {
      for (std::int64_t o = 0; o < product_.shape.out; ++o) {
        product_.store(row_start(out, p)[o], o, sum_at(in, p, o), accumulate);
      }
    }
  }

 private:
  double sum_at(const TensorView& in, std::int64_t position, std::int64_t channel) const {
    const DenseShape& s = product_.shape;
    const auto* weight = product_.weight.view().as<double>() + channel * s.in * s.width;
    double sum = 0;
    for (std::int64_t tap = 0; tap < s.width; ++tap) {
      const std::int64_t p = position + tap * s.dilation - s.halo();
      if (p < 0 || p >= in.shape[0]) continue;
      for (std::int64_t i = 0; i < s.in; ++i)
        sum += weight[i * s.width + tap] * row_start(in, p)[i];
    }
    return sum;
  }

  Product product_;  // weight (out, in, width)
};

}  // namespace

std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) { return std::make_unique<Conv1d>(spec); }

}  // namespace heddle::attention::reference
