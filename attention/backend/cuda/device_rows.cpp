#include "attention/backend/cuda/device_rows.h"

#include "attention/backend/cuda/device_arena.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/module_loader.h"
#include "attention/backend/operands.h"

#include <cmath>

namespace heddle::attention::cuda {
namespace {

/// Rows of `in` to rows of `out`, where the operation asks nothing else.
RowCall call_of(std::string_view name, RowOp op, const TensorView& in, const TensorView& out) {
  const Rows from = register_rows(name, in);
  const Rows to = register_rows(name, out);
  return {.op = op,
          .in = from.data,
          .out = to.data,
          .rows = to.count,
          .channels = to.channels,
          .in_stride = from.stride,
          .out_stride = to.stride};
}

void check_alike(std::string_view op, const TensorView& in, const TensorView& out) {
  check_rows(op, "input", in);
  check_rows(op, "output", out);
  check_same_shape(op, in, out);
}

}  // namespace

void DeviceRowOps::enqueue(const RowCall& call) const {
  require(api_.operations->rows(call), api_);
}

void DeviceRowOps::rms_norm(const TensorView& in,
                            const TensorView& gain,
                            float eps,
                            const TensorView& out) const {
  check_alike("rms_norm", in, out);
  check_per_channel("rms_norm", "gain", gain, in);
  RowCall call = call_of("rms_norm", RowOp::kRmsNorm, in, out);
  call.second = gain.data;
  call.a = eps;
  enqueue(call);
}

void DeviceRowOps::layer_norm(const TensorView& in,
                              const TensorView& gain,
                              const TensorView& bias,
                              float eps,
                              const TensorView& out) const {
  check_alike("layer_norm", in, out);
  check_per_channel("layer_norm", "gain", gain, in);
  check_per_channel("layer_norm", "bias", bias, in);
  RowCall call = call_of("layer_norm", RowOp::kLayerNorm, in, out);
  call.second = gain.data;
  call.third = bias.data;
  call.a = eps;
  enqueue(call);
}

void DeviceRowOps::l2_normalize(const TensorView& in, float eps, const TensorView& out) const {
  check_alike("l2_normalize", in, out);
  RowCall call = call_of("l2_normalize", RowOp::kL2Normalize, in, out);
  call.a = eps;
  enqueue(call);
}

void DeviceRowOps::gelu(const TensorView& in, const TensorView& out) const {
  check_alike("gelu", in, out);
  enqueue(call_of("gelu", RowOp::kGelu, in, out));
}

void DeviceRowOps::relu(const TensorView& in, const TensorView& out) const {
  check_alike("relu", in, out);
  enqueue(call_of("relu", RowOp::kRelu, in, out));
}

void DeviceRowOps::add(const TensorView& a, const TensorView& b, const TensorView& out) const {
  check_alike("add", a, out);
  check_rows("add", "second operand", b);
  check_same_shape("add", a, b);
  const Rows second = register_rows("add", b);
  RowCall call = call_of("add", RowOp::kAdd, a, out);
  call.second = second.data;
  call.second_stride = second.stride;
  enqueue(call);
}

void DeviceRowOps::swiglu(const TensorView& in, const TensorView& out) const {
  check_swiglu(in, out);
  enqueue(call_of("swiglu", RowOp::kSwiGlu, in, out));
}

void DeviceRowOps::rotary(const RotaryArgs& args) const {
  check_rotary(args);
  const RotateCall call = {.x = operand_of(args.x),
                           .windows = QueuedArena::current_windows(),
                           .first_position = args.first_position,
                           .log2_theta = std::log2(args.theta),
                           .inverse = args.inverse};
  require(api_.operations->rotate(call), api_);
}

void DeviceRowOps::scale_shift(const TensorView& in,
                               float shift,
                               float scale,
                               const TensorView& out) const {
  const bool bytes = in.dtype == DType::kU8;
  RowCall call =
      call_of("scale_shift", bytes ? RowOp::kScaleShiftBytes : RowOp::kScaleShift, in, out);
  call.a = shift;
  call.b = scale;
  enqueue(call);
}

void DeviceRowOps::exp_clamp(const TensorView& in,
                             float limit,
                             float scale,
                             const TensorView& out) const {
  RowCall call = call_of("exp_clamp", RowOp::kExpClamp, in, out);
  call.a = limit;
  call.b = scale;
  enqueue(call);
}

void DeviceRowOps::log_softmax(const TensorView& in,
                               std::int64_t groups,
                               const TensorView& out) const {
  RowCall call = call_of("log_softmax", RowOp::kLogSoftmax, in, out);
  call.count = call.channels / groups;
  enqueue(call);
}

void DeviceRowOps::one_hot(const TensorView& in, const TensorView& out) const {
  const Rows to = register_rows("one_hot", out);
  enqueue({.op = RowOp::kOneHot,
           .in = in.data,
           .out = to.data,
           .rows = to.count,
           .channels = to.channels,
           .out_stride = to.stride});
}

void DeviceRowOps::one_hot_conv1d(const OneHotConv1dArgs& args) const {
  const Rows to = rows_of("one_hot_conv1d", args.out);
  enqueue({.op = RowOp::kOneHotConv1d,
           .in = args.classes.data,
           .second = args.rows.data,
           .third = args.bias.data,
           .out = to.data,
           .rows = to.count,
           .channels = to.channels,
           .out_stride = to.stride,
           .count = args.rows.shape[1],
           .width = args.rows.shape[0]});
}

void DeviceRowOps::copy_columns(const ColumnCopy& copy) const {
  RowCall call = call_of("copy_columns", RowOp::kCopy, copy.from, copy.to);
  call.in = static_cast<const float*>(call.in) + copy.at_from;
  call.out += copy.at_to;
  call.channels = copy.count;
  enqueue(call);
}

}  // namespace heddle::attention::cuda
