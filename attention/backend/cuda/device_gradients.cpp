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

/// A product on the device: its extents, and its weight as one long row of taps where it is a
/// patch's.
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
  /// Floats at most of a packed weight, either way round.
  std::size_t packed() const {
    const auto padded = [](std::int64_t x) {
      return (x + kChannelPad - 1) / kChannelPad * kChannelPad;
    };
    return static_cast<std::size_t>(
        taps * std::max(outputs * padded(channels), padded(outputs) * channels) +
        kChannelPad * (outputs + channels * taps));
  }
};

/// How a product walks over the rows of all samples: one long sequence where no tap reaches another
/// row, else sample by sample, so that none reaches another sample.
struct Across {
  std::int32_t samples = 1;
  std::int32_t rows;

  Across(const Extents& e, std::int64_t all) : rows(narrow(all)) {
    if (e.taps == 1 || e.patch > 1) return;
    samples = narrow(QueuedArena::current_windows());
    rows /= samples;
  }
};

/// Rows are split where there are many, by their number alone: parts of about a thousand.
constexpr std::int64_t kRowsAPart = 1024;
constexpr std::int64_t kMostParts = 16;

std::int32_t splits_of(std::int64_t rows) {
  return narrow(std::clamp<std::int64_t>(rows / kRowsAPart, 1, kMostParts));
}

}  // namespace

void DeviceGradients::product(const ProductArgs& args) const {
  check(args);
  if (args.out.size() == 0) return;
  const Extents e(args.weight, args.shape);
  const Scratch packed(api_, e.packed() * sizeof(float));
  require(api_.operations->gradients->pack({.weight = floats(args.weight),
                                            .to = packed.data(),
                                            .element = element_,
                                            .outputs = narrow(e.outputs),
                                            .channels = narrow(e.channels),
                                            .taps = narrow(e.taps),
                                            .patch = args.shape.patch}),
          api_);
  const Rows in = rows_by("product", args.in, e.patch);
  const Rows out = register_rows("product", args.out);
  const Across across(e, out.count);
  require(api_.operations->product({.in = in.data,
                                    .in_stride = in.stride,
                                    .height = across.samples,
                                    .width = across.rows,
                                    .channels = narrow(in.channels),
                                    .weight = packed.data(),
                                    .element = element_,
                                    .bias = floats(args.bias),
                                    .out = out.data,
                                    .out_stride = out.stride,
                                    .outputs = narrow(e.outputs),
                                    .taps_x = narrow(args.shape.patch ? 1 : e.taps),
                                    .dilation = args.shape.dilation,
                                    .accumulate = args.accumulate}),
          api_);
}

void DeviceGradients::product_gradient(const ProductGradientArgs& args) const {
  check(args);
  if (args.out_gradient.size() == 0) return;
  if (!args.in_gradient.view.empty()) in_gradient(args);
  if (!args.weight_gradient.empty()) weight_gradient(args);
  if (args.bias_gradient.empty()) return;
  const Rows y = register_rows("product", args.out_gradient);
  require(api_.operations->gradients->column_sums({.y = y.data,
                                                   .y_stride = y.stride,
                                                   .rows = y.count,
                                                   .channels = y.channels,
                                                   .bias = written(args.bias_gradient)}),
          api_);
}

/// The product of the output's gradient with the weight turned round, its taps reversed.
void DeviceGradients::in_gradient(const ProductGradientArgs& args) const {
  const Extents e(args.weight, args.shape);
  const Scratch packed(api_, e.packed() * sizeof(float));
  require(api_.operations->gradients->pack({.weight = floats(args.weight),
                                            .to = packed.data(),
                                            .element = element_,
                                            .outputs = narrow(e.outputs),
                                            .channels = narrow(e.channels),
                                            .taps = narrow(e.taps),
                                            .patch = args.shape.patch,
                                            .transposed = true}),
          api_);
  const Rows from = register_rows("product", args.out_gradient);
  const Across across(e, from.count);
  const Rows to = rows_by("product", args.in_gradient.view, e.patch);
  require(api_.operations->product({.in = from.data,
                                    .in_stride = from.stride,
                                    .height = across.samples,
                                    .width = across.rows,
                                    .channels = narrow(e.outputs),
                                    .weight = packed.data(),
                                    .element = element_,
                                    .out = to.data,
                                    .out_stride = to.stride,
                                    .outputs = narrow(to.channels),
                                    .taps_x = narrow(args.shape.patch ? 1 : e.taps),
                                    .dilation = args.shape.dilation,
                                    .accumulate = args.in_gradient.add}),
          api_);
}

void DeviceGradients::weight_gradient(const ProductGradientArgs& args) const {
  const Extents e(args.weight, args.shape);
  const Rows in = rows_by("product", args.in, e.patch);
  const Rows y = register_rows("product", args.out_gradient);
  const std::int32_t splits = splits_of(y.count);
  const auto size = static_cast<std::size_t>(args.weight.size()) * sizeof(float);
  const Scratch partial(api_, splits > 1 ? size * static_cast<std::size_t>(splits) : 0);
  require(api_.operations->gradients->weight_gradient({.in = in.data,
                                                       .in_stride = in.stride,
                                                       .out_gradient = y.data,
                                                       .out_stride = y.stride,
                                                       .rows = y.count,
                                                       .window = Across(e, y.count).rows,
                                                       .gradient = written(args.weight_gradient),
                                                       .partial = partial.floats(),
                                                       .element = element_,
                                                       .outputs = narrow(e.outputs),
                                                       .channels = narrow(e.channels),
                                                       .taps = narrow(e.taps),
                                                       .dilation = args.shape.dilation,
                                                       .splits = splits,
                                                       .patch = args.shape.patch}),
          api_);
}

/// Sums over rows first: the input's gradient may take the place of the output's.
void DeviceGradients::norm_gradient(RowGradientOp op, const RowGradientArgs& args) const {
  if (!args.gain_gradient.empty() || !args.bias_gradient.empty()) {
    const Rows y = register_rows("norm", args.out_gradient);
    const Rows in = register_rows("norm", args.in);
    const Scratch terms(api_, static_cast<std::size_t>(y.count) * 2 * sizeof(float));
    require(api_.operations->gradients->column_sums({.y = y.data,
                                                     .y_stride = y.stride,
                                                     .in = in.data,
                                                     .in_stride = in.stride,
                                                     .rows = y.count,
                                                     .channels = y.channels,
                                                     .bias = written(args.bias_gradient),
                                                     .gain = written(args.gain_gradient),
                                                     .terms = terms.floats(),
                                                     .op = op,
                                                     .eps = args.eps}),
            api_);
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
  OneHotCall call{.classes = static_cast<const std::uint8_t*>(args.classes.data),
                  .weight = written(args.weight_gradient),
                  .bias = written(args.bias_gradient),
                  .out = written(args.out_gradient),
                  .length = args.classes.shape[0] * QueuedArena::current_windows(),
                  .window = args.classes.shape[0],
                  .outputs = narrow(args.out_gradient.shape[1])};
  if (call.weight) {
    call.known = narrow(args.weight_gradient.shape[1]);
    call.width = narrow(args.weight_gradient.shape[2]);
  }
  require(api_.operations->gradients->one_hot_gradient(call), api_);
}

}  // namespace heddle::attention::cuda
