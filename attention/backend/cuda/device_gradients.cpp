#include "attention/backend/cuda/device_gradients.h"

#include "attention/backend/cuda/device_scratch.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/operation_api.h"
#include "attention/backend/gradient_checks.h"

#include <algorithm>

namespace heddle::attention::cuda {
/// Sums over the rows of `y`, where `call` wants them.
void DeviceGradients::column_sums(ColumnSumCall call, const Rows& y) const {
  call.y = y.data;
  call.y_stride = y.stride;
  call.rows = y.count;
  call.channels = y.channels;
  ScratchParts parts;
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
