// The products of DeviceGradients: weights are packed and rows rounded with each call.

#include "attention/backend/cuda/device_gradients.h"
#include "attention/backend/cuda/device_scratch.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/operation_api.h"
#include "attention/backend/gradient_checks.h"

#include <algorithm>

namespace heddle::attention::cuda {

/// A product on the device. A patch is one tap over long rows.
struct ProductExtents {
  std::int64_t outputs;
  std::int64_t channels;
  std::int64_t taps;
  std::int64_t patch;  // rows of the input that become one of the output

  ProductExtents(const TensorView& weight, const ProductShape& shape)
      : outputs(weight.shape[0]),
        channels(weight.shape[1]),
        taps(weight.rank > 2 ? weight.shape[2] : 1),
        patch(shape.patch ? taps : 1) {
    if (weight.rank < 4) return;
    throw std::invalid_argument(
        "conv2d: learning from images does not run on the GPU yet; use -d cpu");
  }
  std::int64_t walked() const { return patch > 1 ? 1 : taps; }
  std::int64_t columns() const { return channels * patch; }  // of a long row
};

namespace {

/// Rows of `of` that a row of patches spans, as one long row each; or the rows as they are.
Rows rows_by(std::string_view op, const TensorView& of, std::int64_t together) {
  Rows rows = register_rows(op, of);
  rows.count /= together;
  rows.stride *= together;
  rows.channels *= together;
  return rows;
}

std::int64_t padded(std::int64_t channels) {
  return (channels + kChannelPad - 1) / kChannelPad * kChannelPad;
}

/// How a product walks over the rows of all samples: one long sequence where no tap reaches another
/// row, else sample by sample, so that none reaches another sample.
std::int64_t window_of(const ProductExtents& e, std::int64_t rows) {
  return e.walked() == 1 ? rows : rows / QueuedArena::current_windows();
}

/// Rounded rows that the arena keeps from forward to backward.
void* kept_room(const Rows& rows, std::size_t bytes) {
  QueuedArena* arena = QueuedArena::current();
  return arena ? arena->keep({rows.data, rows.count, rows.channels}, bytes) : nullptr;
}
const void* kept_rows(const Rows& rows) {
  const QueuedArena* arena = QueuedArena::current();
  return arena ? arena->kept({rows.data, rows.count, rows.channels}) : nullptr;
}

PackCall packing(const TensorView& weight, const ProductExtents& e, bool transposed) {
  return {.weight = floats(weight),
          .outputs = narrow(e.outputs),
          .channels = narrow(e.channels),
          .taps = narrow(e.taps),
          .patch = e.patch > 1,
          .transposed = transposed};
}

/// Rows are split into parts of a thousand or more where tiles alone would not fill a card; by the
/// shapes alone.
std::int32_t splits_of(const ProductExtents& e, std::int64_t rows) {
  constexpr std::int64_t kRowsAPart = 1024;
  constexpr std::int64_t kTile = 128;
  constexpr std::int64_t kWantedBlocks = 512;
  const auto tiles = [](std::int64_t extent) { return (extent + kTile - 1) / kTile; };
  const std::int64_t blocks = tiles(e.outputs) * tiles(e.columns()) * e.walked();
  const std::int64_t wanted = (kWantedBlocks + blocks - 1) / blocks;
  return narrow(std::clamp<std::int64_t>(std::min(rows / kRowsAPart, wanted), 1, 128));
}

}  // namespace

/// out (+)= bias + in . weight, `transposed` or not, whose output has so many channels.
void DeviceGradients::multiply(const ProductArgs& args,
                               bool transposed,
                               const void* rounded) const {
  const ProductExtents e(args.weight, args.shape);
  const Rows in =
      transposed ? register_rows("product", args.in) : rows_by("product", args.in, e.patch);
  const Rows out =
      transposed ? rows_by("product", args.out, e.patch) : register_rows("product", args.out);
  const std::int64_t pitch = padded(in.channels);
  const bool halves = element_ == Element::kBF16;
  const auto rows_bytes = static_cast<std::size_t>(in.count * pitch * 2);
  void* kept = halves && !rounded ? kept_room(in, rows_bytes) : nullptr;
  ScratchParts parts;
  const std::size_t weight_at = parts.add(out.channels * e.walked() * pitch * (halves ? 2 : 4));
  const bool rounds = halves && !rounded && !kept;
  const std::size_t rows_at = parts.add(rounds ? in.count * pitch * 2 : 0);
  const Scratch scratch(api_, parts.bytes());
  PackCall pack = packing(args.weight, e, transposed);
  pack.to = part(scratch, weight_at);
  pack.element = element_;
  require(api_.operations->gradients->pack(pack), api_);
  if (!halves) return multiply_f32(args, e, {in, out}, pack.to);
  void* own = kept ? kept : part(scratch, rows_at);
  if (!rounded) round(in, pitch, own);
  require(api_.operations->gradients->product({.in = rounded ? rounded : own,
                                               .weight = pack.to,
                                               .bias = floats(args.bias),
                                               .out = out.data,
                                               .out_stride = out.stride,
                                               .rows = out.count,
                                               .window = narrow(window_of(e, out.count)),
                                               .pitch = narrow(pitch),
                                               .outputs = narrow(out.channels),
                                               .taps = narrow(e.walked()),
                                               .dilation = args.shape.dilation,
                                               .accumulate = args.accumulate}),
          api_);
}

void DeviceGradients::multiply_f32(const ProductArgs& args,
                                   const ProductExtents& e,
                                   const std::pair<Rows, Rows>& rows,
                                   const void* weight) const {
  const auto& [in, out] = rows;
  const std::int64_t window = window_of(e, out.count);
  require(api_.operations->product({.in = in.data,
                                    .in_stride = in.stride,
                                    .height = narrow(in.count / window),
                                    .width = narrow(window),
                                    .channels = narrow(in.channels),
                                    .weight = weight,
                                    .element = element_,
                                    .bias = floats(args.bias),
                                    .out = out.data,
                                    .out_stride = out.stride,
                                    .outputs = narrow(out.channels),
                                    .taps_x = narrow(e.walked()),
                                    .dilation = args.shape.dilation,
                                    .accumulate = args.accumulate}),
          api_);
}

void DeviceGradients::round(const Rows& rows, std::int64_t pitch, void* to) const {
  require(api_.operations->gradients->round({.in = rows.data,
                                             .stride = rows.stride,
                                             .rows = rows.count,
                                             .channels = narrow(rows.channels),
                                             .pitch = narrow(pitch),
                                             .to = to}),
          api_);
}

void DeviceGradients::product(const ProductArgs& args) const {
  check(args);
  if (args.out.size() > 0) multiply(args, false, nullptr);
}

/// The input's gradient is the product of the output's with the weight turned round, its taps
/// reversed. The output's gradient is rounded once for both.
void DeviceGradients::product_gradient(const ProductGradientArgs& args) const {
  check(args);
  if (args.out_gradient.size() == 0) return;
  const Rows y = register_rows("product", args.out_gradient);
  const bool flows = !args.in_gradient.view.empty();
  const bool halves = element_ == Element::kBF16 && (flows || !args.weight_gradient.empty());
  const std::int64_t pitch = padded(y.channels);
  const Scratch held(api_, halves ? static_cast<std::size_t>(y.count * pitch * 2) : 0, 1);
  if (halves) round(y, pitch, held.data());
  if (flows) {
    multiply({.shape = args.shape,
              .weight = args.weight,
              .in = args.out_gradient,
              .out = args.in_gradient.view,
              .accumulate = args.in_gradient.add},
             true,
             held.data());
  }
  if (!args.weight_gradient.empty()) weight_gradient(args, held.data());
  if (!args.bias_gradient.empty()) column_sums({.bias = written(args.bias_gradient)}, y);
}

/// `rounded`: the output's gradient, where products are of bf16.
void DeviceGradients::weight_gradient(const ProductGradientArgs& args, const void* rounded) const {
  const ProductExtents e(args.weight, args.shape);
  const Rows in = rows_by("product", args.in, e.patch);
  const Rows y = register_rows("product", args.out_gradient);
  WeightGradientCall call{.in = in.data,
                          .in_stride = in.stride,
                          .out_gradient = y.data,
                          .out_stride = y.stride,
                          .rows = y.count,
                          .window = window_of(e, y.count),
                          .gradient = written(args.weight_gradient),
                          .element = element_,
                          .outputs = narrow(e.outputs),
                          .channels = narrow(e.channels),
                          .taps = narrow(e.taps),
                          .dilation = args.shape.dilation,
                          .splits = splits_of(e, y.count),
                          .patch = args.shape.patch};
  ScratchParts parts;
  const std::int64_t pitch = padded(in.channels);
  const void* kept = rounded ? kept_rows(in) : nullptr;
  const std::size_t rows_at = parts.add(rounded && !kept ? in.count * pitch * 2 : 0);
  const std::size_t partial_at = parts.add(
      call.splits > 1 ? args.weight.size() * call.splits * std::int64_t{sizeof(float)} : 0);
  const Scratch scratch(api_, parts.bytes());
  if (rounded) {
    if (!kept) round(in, pitch, part(scratch, rows_at));
    call.in = kept ? kept : part(scratch, rows_at);
    call.in_stride = pitch;
    call.out_gradient = rounded;
    call.out_stride = padded(y.channels);
  }
  call.partial = static_cast<float*>(part(scratch, partial_at));
  require(api_.operations->gradients->weight_gradient(call), api_);
}

}  // namespace heddle::attention::cuda
