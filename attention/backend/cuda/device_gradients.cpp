#include "attention/backend/cuda/device_gradients.h"

#include "attention/backend/cuda/device_scratch.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/operation_api.h"
#include "attention/backend/gradient_checks.h"

#include <algorithm>

namespace heddle::attention::cuda {
namespace {

const float* floats(const TensorView& view) { return static_cast<const float*>(view.data); }
float* written(const TensorView& view) { return static_cast<float*>(view.data); }
std::int32_t narrow(std::int64_t extent) { return static_cast<std::int32_t>(extent); }

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

/// A product on the device. A patch is one tap over long rows.
struct Extents {
  std::int64_t outputs;
  std::int64_t channels;
  std::int64_t taps;
  std::int64_t patch;  // rows of the input that become one of the output

  Extents(const TensorView& weight, const ProductShape& shape)
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

/// How a product walks over the rows of all samples: one long sequence where no tap reaches another
/// row, else sample by sample, so that none reaches another sample.
std::int64_t window_of(const Extents& e, std::int64_t rows) {
  return e.walked() == 1 ? rows : rows / QueuedArena::current_windows();
}

/// Parts of an operation's scratch, one after another.
class Parts {
 public:
  std::size_t add(std::int64_t bytes) {
    const std::size_t at = bytes_;
    bytes_ += (static_cast<std::size_t>(bytes) + 255) / 256 * 256;
    return at;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

void* part(const Scratch& scratch, std::size_t at) {
  return static_cast<std::uint8_t*>(scratch.data()) + at;
}

PackCall packing(const TensorView& weight, const Extents& e, bool transposed) {
  return {.weight = floats(weight),
          .outputs = narrow(e.outputs),
          .channels = narrow(e.channels),
          .taps = narrow(e.taps),
          .patch = e.patch > 1,
          .transposed = transposed};
}

/// Rows are split into parts of a thousand or more where tiles alone would not fill a card; by the
/// shapes alone.
std::int32_t splits_of(const Extents& e, std::int64_t rows) {
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
void DeviceGradients::multiply(const ProductArgs& args, bool transposed) const {
  const Extents e(args.weight, args.shape);
  const GradientApi& gradients = *api_.operations->gradients;
  const Rows in =
      transposed ? register_rows("product", args.in) : rows_by("product", args.in, e.patch);
  const Rows out =
      transposed ? rows_by("product", args.out, e.patch) : register_rows("product", args.out);
  const std::int64_t pitch = padded(in.channels);
  const std::int64_t window = window_of(e, out.count);
  const bool halves = element_ == Element::kBF16;
  Parts parts;
  const std::int64_t size = halves ? 2 : 4;
  const std::size_t weight_at = parts.add(out.channels * e.walked() * pitch * size);
  const std::size_t rows_at = parts.add(halves ? in.count * pitch * size : 0);
  const Scratch scratch(api_, parts.bytes());
  PackCall pack = packing(args.weight, e, transposed);
  pack.to = part(scratch, weight_at);
  pack.element = element_;
  require(gradients.pack(pack), api_);
  if (!halves) {
    require(api_.operations->product({.in = in.data,
                                      .in_stride = in.stride,
                                      .height = narrow(in.count / window),
                                      .width = narrow(window),
                                      .channels = narrow(in.channels),
                                      .weight = pack.to,
                                      .element = element_,
                                      .bias = floats(args.bias),
                                      .out = out.data,
                                      .out_stride = out.stride,
                                      .outputs = narrow(out.channels),
                                      .taps_x = narrow(e.walked()),
                                      .dilation = args.shape.dilation,
                                      .accumulate = args.accumulate}),
            api_);
    return;
  }
  round(in, pitch, part(scratch, rows_at));
  require(gradients.product({.in = part(scratch, rows_at),
                             .weight = pack.to,
                             .bias = floats(args.bias),
                             .out = out.data,
                             .out_stride = out.stride,
                             .rows = out.count,
                             .window = narrow(window),
                             .pitch = narrow(pitch),
                             .outputs = narrow(out.channels),
                             .taps = narrow(e.walked()),
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
  if (args.out.size() > 0) multiply(args, false);
}

/// The input's gradient is the product of the output's with the weight turned round, its taps
/// reversed.
void DeviceGradients::product_gradient(const ProductGradientArgs& args) const {
  check(args);
  if (args.out_gradient.size() == 0) return;
  if (!args.in_gradient.view.empty()) {
    multiply({.shape = args.shape,
              .weight = args.weight,
              .in = args.out_gradient,
              .out = args.in_gradient.view,
              .accumulate = args.in_gradient.add},
             true);
  }
  if (!args.weight_gradient.empty()) weight_gradient(args);
  if (!args.bias_gradient.empty()) {
    column_sums({.bias = written(args.bias_gradient)}, register_rows("product", args.out_gradient));
  }
}

void DeviceGradients::weight_gradient(const ProductGradientArgs& args) const {
  const Extents e(args.weight, args.shape);
  const Rows in = rows_by("product", args.in, e.patch);
  const Rows y = register_rows("product", args.out_gradient);
  const bool halves = element_ == Element::kBF16;
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
  Parts parts;
  const std::int64_t in_pitch = padded(in.channels);
  const std::int64_t out_pitch = padded(y.channels);
  const std::size_t in_at = parts.add(halves ? in.count * in_pitch * 2 : 0);
  const std::size_t out_at = parts.add(halves ? y.count * out_pitch * 2 : 0);
  const std::size_t partial_at = parts.add(
      call.splits > 1 ? args.weight.size() * call.splits * std::int64_t{sizeof(float)} : 0);
  const Scratch scratch(api_, parts.bytes());
  if (halves) {
    round(in, in_pitch, part(scratch, in_at));
    round(y, out_pitch, part(scratch, out_at));
    call.in = part(scratch, in_at);
    call.in_stride = in_pitch;
    call.out_gradient = part(scratch, out_at);
    call.out_stride = out_pitch;
  }
  call.partial = static_cast<float*>(part(scratch, partial_at));
  require(api_.operations->gradients->weight_gradient(call), api_);
}

/// Sums over the rows of `y`, where `call` wants them.
void DeviceGradients::column_sums(ColumnSumCall call, const Rows& y) const {
  call.y = y.data;
  call.y_stride = y.stride;
  call.rows = y.count;
  call.channels = y.channels;
  Parts parts;
  const std::size_t partial_at =
      parts.add(kColumnParts * 2 * y.channels * std::int64_t{sizeof(float)});
  const std::size_t terms_at = parts.add(call.gain ? y.count * 2 * std::int64_t{sizeof(float)} : 0);
  const Scratch scratch(api_, parts.bytes());
  call.partial = static_cast<float*>(part(scratch, partial_at));
  call.terms = static_cast<float*>(part(scratch, terms_at));
  require(api_.operations->gradients->column_sums(call), api_);
}

/// Sums over rows first: the input's gradient may take the place of the output's.
void DeviceGradients::norm_gradient(RowGradientOp op, const RowGradientArgs& args) const {
  if (!args.gain_gradient.empty() || !args.bias_gradient.empty()) {
    const Rows in = register_rows("norm", args.in);
    column_sums({.in = in.data,
                 .in_stride = in.stride,
                 .bias = written(args.bias_gradient),
                 .gain = written(args.gain_gradient),
                 .op = op,
                 .eps = args.eps},
                register_rows("norm", args.out_gradient));
  }
  row_gradient(op, args);
}

void DeviceGradients::row_gradient(RowGradientOp op, const RowGradientArgs& args) const {
  if (args.in_gradient.view.empty()) return;
  const Rows in = register_rows("gradient", args.in);
  const Rows y = register_rows("gradient", args.out_gradient);
  const Rows to = register_rows("gradient", args.in_gradient.view);
  require(api_.operations->gradients->row_gradient({.op = op,
                                                    .in = in.data,
                                                    .gain = floats(args.gain),
                                                    .out_gradient = y.data,
                                                    .in_gradient = to.data,
                                                    .rows = y.count,
                                                    .channels = y.channels,
                                                    .in_stride = in.stride,
                                                    .out_stride = y.stride,
                                                    .in_gradient_stride = to.stride,
                                                    .a = args.eps,
                                                    .add = args.in_gradient.add}),
          api_);
}

void DeviceGradients::rms_norm_gradient(const RowGradientArgs& args) const {
  check_row_gradient("rms_norm", args);
  norm_gradient(RowGradientOp::kRmsNorm, args);
}

void DeviceGradients::layer_norm_gradient(const RowGradientArgs& args) const {
  check_row_gradient("layer_norm", args);
  norm_gradient(RowGradientOp::kLayerNorm, args);
}

void DeviceGradients::l2_normalize_gradient(const RowGradientArgs& args) const {
  check_row_gradient("l2_normalize", args);
  row_gradient(RowGradientOp::kL2Normalize, args);
}

void DeviceGradients::gelu_gradient(const RowGradientArgs& args) const {
  check_row_gradient("gelu", args);
  row_gradient(RowGradientOp::kGelu, args);
}

void DeviceGradients::relu_gradient(const RowGradientArgs& args) const {
  check_row_gradient("relu", args);
  row_gradient(RowGradientOp::kRelu, args);
}

void DeviceGradients::swiglu_gradient(const RowGradientArgs& args) const {
  check_swiglu_gradient(args);
  row_gradient(RowGradientOp::kSwiGlu, args);
}

void DeviceGradients::columns(const ColumnsArgs& args) const {
  check(args);
  const Rows to = register_rows("columns", args.to);
  const Rows from = register_rows("columns", args.from);
  require(api_.operations->gradients->columns(
              {.from = args.scale == 0 ? nullptr : from.data + args.at_from,
               .to = to.data + args.at_to,
               .from_stride = from.stride,
               .to_stride = to.stride,
               .rows = to.count,
               .count = args.count,
               .scale = args.scale,
               .add = args.add}),
          api_);
}

void DeviceGradients::exp_clamp_gradient(const ExpClampGradientArgs& args) const {
  check(args);
  if (args.in_gradient.view.empty()) return;
  const Rows in = register_rows("exp_clamp", args.in);
  const Rows y = register_rows("exp_clamp", args.out_gradient);
  const Rows to = register_rows("exp_clamp", args.in_gradient.view);
  require(api_.operations->gradients->row_gradient({.op = RowGradientOp::kExpClamp,
                                                    .in = in.data,
                                                    .out_gradient = y.data,
                                                    .in_gradient = to.data,
                                                    .rows = y.count,
                                                    .channels = y.channels,
                                                    .in_stride = in.stride,
                                                    .out_stride = y.stride,
                                                    .in_gradient_stride = to.stride,
                                                    .a = args.limit,
                                                    .b = args.scale,
                                                    .add = args.in_gradient.add}),
          api_);
}

void DeviceGradients::log_softmax_gradient(const LogSoftmaxGradientArgs& args) const {
  check(args);
  if (args.in_gradient.view.empty()) return;
  const Rows out = register_rows("log_softmax", args.out);
  const Rows y = register_rows("log_softmax", args.out_gradient);
  const Rows to = register_rows("log_softmax", args.in_gradient.view);
  require(api_.operations->gradients->row_gradient({.op = RowGradientOp::kLogSoftmax,
                                                    .in = out.data,
                                                    .out_gradient = y.data,
                                                    .in_gradient = to.data,
                                                    .rows = y.count,
                                                    .channels = y.channels,
                                                    .in_stride = out.stride,
                                                    .out_stride = y.stride,
                                                    .in_gradient_stride = to.stride,
                                                    .count = y.channels / args.groups,
                                                    .add = args.in_gradient.add}),
          api_);
}

void DeviceGradients::one_hot_product(const OneHotProductArgs& args) const {
  check(args);
  require(api_.operations->gradients->one_hot(
              {.classes = static_cast<const std::uint8_t*>(args.classes.data),
               .weight = written(args.weight),
               .bias = written(args.bias),
               .out = written(args.out),
               .length = args.classes.shape[0] * QueuedArena::current_windows(),
               .window = args.classes.shape[0],
               .outputs = narrow(args.weight.shape[0]),
               .known = narrow(args.weight.shape[1]),
               .width = narrow(args.weight.shape[2])}),
          api_);
}

void DeviceGradients::one_hot_product_gradient(const OneHotGradientArgs& args) const {
  check(args);
  if (!args.weight_gradient.empty()) {
    OneHotCall call{.classes = static_cast<const std::uint8_t*>(args.classes.data),
                    .weight = written(args.weight_gradient),
                    .out = written(args.out_gradient),
                    .length = args.classes.shape[0] * QueuedArena::current_windows(),
                    .window = args.classes.shape[0],
                    .outputs = narrow(args.out_gradient.shape[1]),
                    .known = narrow(args.weight_gradient.shape[1]),
                    .width = narrow(args.weight_gradient.shape[2])};
    const std::int64_t parts = (call.length + kOneHotRows - 1) / kOneHotRows;
    const Scratch partial(
        api_, static_cast<std::size_t>(parts * args.weight_gradient.size()) * sizeof(float));
    call.partial = partial.floats();
    require(api_.operations->gradients->one_hot_gradient(call), api_);
  }
  if (!args.bias_gradient.empty()) {
    column_sums({.bias = written(args.bias_gradient)},
                register_rows("one_hot_conv1d", args.out_gradient));
  }
}

}  // namespace heddle::attention::cuda
