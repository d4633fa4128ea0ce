#pragma once
// Views of device memory as the module's calls take them. Errors: std::invalid_argument naming the
// operation and the view.

#include "attention/backend/cuda/module_api.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <string_view>

namespace heddle::attention::cuda {

/// All axes but the last, taken as one.
struct Rows {
  float* data = nullptr;
  std::int64_t count = 0;
  std::int64_t stride = 0;  // from row to row
  std::int64_t channels = 0;
};

/// Throws unless the rows of the view are evenly spaced. The dtype is the caller's to check.
Rows rows_of(std::string_view op, const TensorView& view);

/// The rows of a register: those of all samples that the calling thread's arena holds.
Rows register_rows(std::string_view op, const TensorView& view);

/// What a view's data are to a call.
inline const float* floats(const TensorView& view) { return static_cast<const float*>(view.data); }
inline float* written(const TensorView& view) { return static_cast<float*>(view.data); }
inline std::int32_t narrow(std::int64_t extent) { return static_cast<std::int32_t>(extent); }

/// (heads, rows, dim); f32, bf16 or f16.
Operand operand_of(const TensorView& view);

}  // namespace heddle::attention::cuda
