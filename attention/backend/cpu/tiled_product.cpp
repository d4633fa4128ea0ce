#include "attention/backend/cpu/tiled_product.h"

#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/vector_ops.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace heddle::attention::cpu {
namespace {

/// At least `floats` floats of this thread's own, 64-byte aligned. `which` 0: input, 1: output.
float* thread_scratch(int which, std::int64_t floats) {
  thread_local std::array<Tensor, 2> buffers;
  Tensor& buffer = buffers[static_cast<std::size_t>(which)];
  if (buffer.empty() || buffer.view().shape[0] < floats) buffer = Tensor(DType::kF32, {floats});
  return buffer.view().as<float>();
}

/// (units, pixels, channels): a sequence is an image of one pixel a unit.
TensorView as_image(const TensorView& view) {
  if (view.rank == 3) return view;
  TensorView image = view;
  image.rank = 3;
  image.shape = {view.shape[0], 1, view.shape[1]};
  image.stride = {view.stride[0], view.shape[1], 1};
  return image;
}

/// Weights (out, in, taps...) as the four axes of a convolution kernel.
TensorView as_kernel(const TensorView& weight) {
  if (weight.rank == 4) return weight;
  TensorView kernel = weight;
  kernel.rank = 4;
  kernel.shape = {weight.shape[0], weight.shape[1], 1, weight.rank == 3 ? weight.shape[2] : 1};
  kernel.stride = {weight.stride[0], weight.stride[1], 1, weight.rank == 3 ? weight.stride[2] : 1};
  return kernel;
}

bool units_are_dense(const TensorView& image) {
  return image.stride[0] == image.shape[1] * image.shape[2] &&
         (image.shape[1] == 1 || image.stride[1] == image.shape[2]);
}

void copy_unit(const float* from,
               std::int64_t from_pixel,
               float* to,
               std::int64_t to_pixel,
               const TensorView& image) {
  const auto bytes = static_cast<std::size_t>(image.shape[2]) * sizeof(float);
  for (std::int64_t x = 0; x < image.shape[1]; ++x) {
    std::memcpy(to + x * to_pixel, from + x * from_pixel, bytes);
  }
}

/// Units [first, first + count) of the image, zeros where it has none, contiguous in `to`.
void gather(const TensorView& image, std::int64_t first, std::int64_t count, float* to) {
  const std::int64_t floats = image.shape[1] * image.shape[2];
  for (std::int64_t unit = first; unit < first + count; ++unit, to += floats) {
    if (unit < 0 || unit >= image.shape[0]) {
      std::fill_n(to, floats, 0.0f);
    } else {
      const float* from = image.as<float>() + unit * image.stride[0];
      copy_unit(from, image.stride[1], to, image.shape[2], image);
    }
  }
}

void scatter(const float* from, const TensorView& image, std::int64_t first, std::int64_t count) {
  const std::int64_t floats = image.shape[1] * image.shape[2];
  for (std::int64_t unit = first; unit < first + count; ++unit, from += floats) {
    float* to = image.as<float>() + unit * image.stride[0];
    copy_unit(from, image.shape[2], to, image.stride[1], image);
  }
}

}  // namespace

TiledProduct::TiledProduct(const DenseShape& shape,
                           const TensorView& weight,
                           const TensorView& bias,
                           Tiling tiling)
    : shape_(shape), units_(tiling.units), half_(tiling.half), weights_(as_kernel(weight), bias) {
  if (shape_.spatial_axes == 1) tile(1, false);  // an image's width is known only when it comes
}

TileShape TiledProduct::tile_shape(std::int64_t width, bool accumulate) const {
  const bool image = shape_.spatial_axes == 2;
  const std::int64_t in_units =
      (units_ - 1) * shape_.stride + (shape_.width - 1) * shape_.dilation + 1;
  return {.in = shape_.in,
          .out = shape_.out,
          .in_height = image ? in_units : 1,
          .in_width = image ? width : in_units,
          .out_height = image ? units_ : 1,
          .out_width = image ? width / shape_.stride : units_,
          .kernel_height = image ? shape_.width : 1,
          .kernel_width = shape_.width,
          .stride = shape_.stride,
          .dilation = shape_.dilation,
          .pad_width = image ? shape_.halo() : 0,
          .relu = shape_.activation == Activation::kRelu,
          .accumulate = accumulate,
          .half = half_};
}

std::shared_ptr<const ConvolutionTile> TiledProduct::tile(std::int64_t width,
                                                          bool accumulate) const {
  const TileShape wanted = tile_shape(width, accumulate);
  const std::lock_guard lock(mutex_);
  for (const auto& known : tiles_) {
    if (known->shape() == wanted) return known;
  }
  if (tiles_.size() == kKeptTiles) tiles_.erase(tiles_.begin());
  tiles_.push_back(std::make_shared<const ConvolutionTile>(wanted, weights_));
  return tiles_.back();
}

void TiledProduct::run(const TensorView& in,
                       const TensorView& out,
                       TensorView /*scratch*/,
                       bool accumulate) const {
  check_run(shape_, in, out, accumulate);
  if (out.size() == 0) return;
  const TensorView from = as_image(in);
  const TensorView to = as_image(out);
  const auto program = tile(from.shape[1], accumulate);
  const std::int64_t tiles = (to.shape[0] + units_ - 1) / units_;
  parallel_blocks(tiles, [&](std::int64_t index) { run_tile(*program, from, to, index); });
}

void TiledProduct::run_tile(const ConvolutionTile& tile,
                            const TensorView& in,
                            const TensorView& out,
                            std::int64_t index) const {
  const TileShape& t = tile.shape();
  const std::int64_t out_first = index * units_;
  const std::int64_t out_count = std::min(units_, out.shape[0] - out_first);
  const std::int64_t in_first = out_first * shape_.stride - shape_.halo();
  const std::int64_t in_count = shape_.spatial_axes == 2 ? t.in_height : t.in_width;

  const float* source = nullptr;
  if (in_first >= 0 && in_first + in_count <= in.shape[0] && units_are_dense(in)) {
    source = in.as<float>() + in_first * in.stride[0];
  } else {
    float* gathered = thread_scratch(0, in_count * in.shape[1] * in.shape[2]);
    gather(in, in_first, in_count, gathered);
    source = gathered;
  }
  const std::int64_t unit_floats = out.shape[1] * out.shape[2];
  const bool in_place = out_count == units_ && units_are_dense(out);
  float* target = in_place ? out.as<float>() + out_first * out.stride[0]
                           : thread_scratch(1, units_ * unit_floats);
  if (!in_place && t.accumulate) gather(out, out_first, units_, target);
  tile.execute(source, target);
  if (shape_.activation == Activation::kGelu) gelu_row(target, target, out_count * unit_floats);
  if (!in_place) scatter(target, out, out_first, out_count);
}

}  // namespace heddle::attention::cpu
