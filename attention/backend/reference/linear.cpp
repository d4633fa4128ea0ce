#include "attention/backend/reference/ops.h"
#include "attention/backend/reference/product.h"

namespace heddle::attention::reference {
namespace {

class Linear final : public Dense {
 public:
  explicit Linear(const LinearSpec& spec) : product_(checked_shape(spec), spec.weight, spec.bias) {}

  std::size_t scratch_bytes(const TensorView&) const override { return 0; }

  void run(const TensorView& in,
           const TensorView& out,
           TensorView /*scratch*/,
           bool accumulate) const override {
    check_run(product_.shape, in, out, accumulate);
    const auto* weight = product_.weight.view().as<double>();  // (out, in)
    for (std::int64_t r = 0; r < in.shape[0]; ++r) {
      const float* from = row_start(in, r);
      for (std::int64_t o = 0; o < product_.shape.out; ++o) {
        double sum = 0;
        for (std::int64_t i = 0; i < product_.shape.in; ++i) {
          sum += weight[o * product_.shape.in + i] * from[i];
        }
        product_.store(row_start(out, r)[o], o, sum, accumulate);
      }
    }
  }

 private:
  Product product_;
};

}  // namespace

std::unique_ptr<Dense> linear(const LinearSpec& spec) { return std::make_unique<Linear>(spec); }

}  // namespace heddle::attention::reference
