#include "attention/backend/cpu/shifted_rows.h"

#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/vector_ops.h"

#include <cstring>

namespace heddle::attention::cpu {
namespace {

/// The largest quotient not above a / b.
std::int64_t floor_of(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

RowLayout image_layout(const DenseShape& shape, const TensorView& in) {
  const std::int64_t s = shape.stride;
  RowLayout layout{.taps = {},
                   .phases = s * s,
                   .stride = s,
                   .pad = (shape.halo() + s - 1) / s,
                   .height = in.shape[0] / s,
                   .width = in.shape[1] / s};
  const std::int64_t padded_width = layout.width + 2 * layout.pad;
  layout.rows = (layout.height + 2 * layout.pad) * padded_width;
  for (std::int64_t down = -shape.halo(); down <= shape.halo(); ++down) {
    for (std::int64_t right = -shape.halo(); right <= shape.halo(); ++right) {
      const std::int64_t cells_down = floor_of(down, s);
      const std::int64_t cells_right = floor_of(right, s);
      layout.taps.push_back({.phase = (down - cells_down * s) * s + right - cells_right * s,
                             .shift = cells_down * padded_width + cells_right});
    }
  }
  return layout;
}

/// Does the operand lie as rows by itself?
bool lies_in_rows(const RowLayout& layout, const TensorView& operand) {
  if (layout.height == 0) return true;
  return layout.pad == 0 && layout.phases == 1 &&
         operand.stride[0] == operand.shape[1] * operand.stride[1];
}

PhasedRows itself(const TensorView& operand) {
  return {.data = operand.as<float>(),
          .row_stride = operand.stride[operand.rank - 2],
          .channels = operand.shape[operand.rank - 1],
          .owned = {}};
}

/// body(pixel, cell) for every pixel of the operand and the cell where it was laid out.
template <class Body>
void for_each_pixel(const RowLayout& layout,
                    const PhasedRows& rows,
                    const TensorView& operand,
                    const Body& body) {
  const std::int64_t s = operand.shape[0] == layout.height ? 1 : layout.stride;
  parallel_blocks(operand.shape[0], [&](std::int64_t y) {
    for (std::int64_t x = 0; x < operand.shape[1]; ++x) {
      const std::int64_t cell =
          (y / s + layout.pad) * (layout.width + 2 * layout.pad) + x / s + layout.pad;
      body(operand.as<float>() + y * operand.stride[0] + x * operand.stride[1],
           rows.row(y % s * s + x % s, cell));
    }
  });
}

}  // namespace

RowLayout row_layout(const DenseShape& shape, const TensorView& in) {
  if (shape.spatial_axes == 2) return image_layout(shape, in);
  RowLayout layout{.taps = {}, .rows = in.shape[0]};
  for (std::int64_t tap = 0; tap < shape.width; ++tap) {
    layout.taps.push_back({.shift = tap * shape.dilation - shape.halo()});
  }
  return layout;
}

PhasedRows room_for(const RowLayout& layout, const TensorView& operand, bool phased) {
  if (lies_in_rows(layout, operand)) return itself(operand);
  const std::int64_t channels = operand.shape[2];
  PhasedRows rows{
      .row_stride = channels,
      .phase_stride = layout.rows * channels,
      .channels = channels,
      .owned = Tensor(DType::kF32, {phased ? layout.phases : 1, layout.rows, channels})};
  rows.data = rows.owned.view().as<float>();
  return rows;
}

PhasedRows rows_of(const RowLayout& layout, const TensorView& operand, bool phased) {
  PhasedRows rows = room_for(layout, operand, phased);
  if (rows.owned.empty()) return rows;
  const auto bytes = static_cast<std::size_t>(rows.channels) * sizeof(float);
  for_each_pixel(layout, rows, operand, [&](const float* pixel, float* cell) {
    std::memcpy(cell, pixel, bytes);
  });
  return rows;
}

void give_back(const RowLayout& layout,
               const PhasedRows& rows,
               const TensorView& operand,
               bool add) {
  if (rows.owned.empty()) return;
  const auto bytes = static_cast<std::size_t>(rows.channels) * sizeof(float);
  for_each_pixel(layout, rows, operand, [&](float* pixel, const float* cell) {
    if (add) {
      add_row(pixel, cell, pixel, rows.channels);
    } else {
      std::memcpy(pixel, cell, bytes);
    }
  });
}

}  // namespace heddle::attention::cpu
