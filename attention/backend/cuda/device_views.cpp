#include "attention/backend/cuda/device_views.h"

#include "attention/backend/cuda/device_arena.h"

#include <stdexcept>
#include <string>

namespace heddle::attention::cuda {

Rows rows_of(std::string_view op, const TensorView& view) {
  const int last = view.rank - 1;
  Rows rows{.data = static_cast<float*>(view.data), .count = 1, .channels = view.shape[last]};
  rows.stride = last > 0 ? view.stride[last - 1] : rows.channels;
  for (int axis = last - 1; axis >= 0; --axis) {
    const bool even = view.shape[axis] <= 1 || view.stride[axis] == rows.count * rows.stride;
    if (!even) {
      throw std::invalid_argument(std::string(op) +
                                  ": on the device, rows must be evenly spaced; " + describe(view) +
                                  " has gaps between its planes");
    }
    rows.count *= view.shape[axis];
  }
  return rows;
}

Rows register_rows(std::string_view op, const TensorView& view) {
  Rows rows = rows_of(op, view);
  rows.count *= QueuedArena::current_windows();
  return rows;
}

Operand operand_of(const TensorView& view) {
  const Element element = view.dtype == DType::kBF16  ? Element::kBF16
                          : view.dtype == DType::kF16 ? Element::kF16
                                                      : Element::kF32;
  return {.data = view.data,
          .element = element,
          .heads = static_cast<std::int32_t>(view.shape[0]),
          .rows = view.shape[1],
          .dim = view.shape[2],
          .head_stride = view.stride[0],
          .row_stride = view.stride[1]};
}

}  // namespace heddle::attention::cuda
