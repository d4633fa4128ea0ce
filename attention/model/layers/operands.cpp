#include "attention/model/layers/operands.h"

#include <stdexcept>

namespace heddle::attention {

void require_f32(const Shape& shape, int low_rank, int high_rank) {
  if (shape.dtype == DType::kF32 && shape.rank >= low_rank && shape.rank <= high_rank) return;
  throw std::invalid_argument("expected f32 of rank " + std::to_string(low_rank) + " to " +
                              std::to_string(high_rank) + ", got " + describe(shape));
}

std::int64_t channels_of(const Shape& shape) { return shape.shape[shape.rank - 1]; }

Shape with_channels(const Shape& shape, std::int64_t channels) {
  auto extents = shape.shape;
  extents[static_cast<std::size_t>(shape.rank - 1)] = channels;
  return view_of(
      nullptr, DType::kF32, std::span(extents.data(), static_cast<std::size_t>(shape.rank)));
}

void require_host(std::string_view op, const Backend& backend) {
  if (!backend.on_device()) return;
  throw std::invalid_argument(std::string(op) + " does not run on back end '" +
                              std::string(backend.name()) + "' yet; use -d cpu");
}

void require_within(std::int64_t count,
                    std::string_view what,
                    std::int64_t limit,
                    const Backend& backend) {
  if (count <= limit) return;
  throw std::invalid_argument(std::to_string(count) + " " + std::string(what) + "; back end '" +
                              std::string(backend.name()) + "' takes " + std::to_string(limit) +
                              " at most; use -d cpu");
}

Tensor as_f32(const TensorView& stored) {
  Tensor tensor(DType::kF32, std::span(stored.shape.data(), static_cast<std::size_t>(stored.rank)));
  copy(stored, tensor.view());
  return tensor;
}

}  // namespace heddle::attention
