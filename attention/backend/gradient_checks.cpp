#include "attention/backend/gradient_checks.h"

#include "attention/backend/patch_product.h"

#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(std::string_view op, const std::string& what) {
  throw std::invalid_argument(std::string(op) + ": " + what);
}

void check_f32(std::string_view op, std::string_view operand, const TensorView& view) {
  if (view.dtype == DType::kF32 && view.contiguous()) return;
  refuse(op, "expected a contiguous f32 " + std::string(operand) + ", got " + describe(view));
}

void check_shape_of(std::string_view op, const GradientTarget& target, const TensorView& of) {
  if (target.view.empty()) return;
  check_rows(op, "input's gradient", target.view);
  check_same_shape(op, of, target.view);
}

/// A call over patches by the linear layer that it is.
void check_patches(const TensorView& weight, const TensorView& in) {
  if (weight.rank != 3 || in.rank != 2 || !in.contiguous() || weight.size() == 0 ||
      in.shape[0] % weight.shape[2] != 0 || in.shape[1] != weight.shape[1]) {
    refuse("patch",
           "the weight " + describe(weight) + " does not divide contiguous rows " + describe(in) +
               " into patches");
  }
}

/// A weight of patches as the linear layer's: its extents alone.
TensorView long_weight(const TensorView& weight) {
  return weight.reshape({weight.shape[0], weight.shape[1] * weight.shape[2]});
}

}  // namespace

DenseShape product_shape(const ProductShape& shape,
                         const TensorView& weight,
                         const TensorView& bias) {
  switch (weight.rank) {
    case 2:
      return checked_shape(LinearSpec{.weight = weight, .bias = bias});
    case 3:
      return checked_shape(Conv1dSpec{.weight = weight, .bias = bias, .dilation = shape.dilation});
    case 4:
      return checked_shape(Conv2dSpec{.weight = weight, .bias = bias, .stride = shape.stride});
    default:
      refuse("product", "expected a weight of 2 to 4 axes, got " + describe(weight));
  }
}

DenseShape check(const ProductArgs& args) {
  if (args.shape.patch) {
    check_patches(args.weight, args.in);
    check_f32("patch", "weight", args.weight);
    return check(rows_of_patches(args, long_weight(args.weight)));
  }
  const DenseShape shape = product_shape(args.shape, args.weight, args.bias);
  check_f32(shape.op, "weight", args.weight);
  if (!args.bias.empty()) check_f32(shape.op, "bias", args.bias);
  check_run(shape, args.in, args.out, args.accumulate);
  return shape;
}

DenseShape check(const ProductGradientArgs& args) {
  if (args.shape.patch) {
    check_patches(args.weight, args.in);
    check_f32("patch", "weight", args.weight);
    const TensorView& gradient = args.weight_gradient;
    if (!gradient.empty()) {
      check_f32("patch", "weight's gradient", gradient);
      check_same_shape("patch", args.weight, gradient);
    }
    if (!args.in_gradient.view.empty()) check_patches(args.weight, args.in_gradient.view);
    return check(rows_of_patches(
        args, long_weight(args.weight), gradient.empty() ? gradient : long_weight(gradient)));
  }
  const DenseShape shape = product_shape(args.shape, args.weight, args.bias_gradient);
  check_f32(shape.op, "weight", args.weight);
  check_run(shape, args.in, args.out_gradient, false);
  check_shape_of(shape.op, args.in_gradient, args.in);
  if (!args.weight_gradient.empty()) {
    check_f32(shape.op, "weight's gradient", args.weight_gradient);
    check_same_shape(shape.op, args.weight, args.weight_gradient);
  }
  if (!args.bias_gradient.empty()) check_f32(shape.op, "bias' gradient", args.bias_gradient);
  return shape;
}

void check_row_gradient(std::string_view op, const RowGradientArgs& args) {
  check_rows(op, "input", args.in);
  check_rows(op, "output's gradient", args.out_gradient);
  check_same_shape(op, args.in, args.out_gradient);
  check_shape_of(op, args.in_gradient, args.in);
  if (!args.gain.empty()) check_per_channel(op, "gain", args.gain, args.in);
  if (!args.gain_gradient.empty()) {
    check_per_channel(op, "gain's gradient", args.gain_gradient, args.in);
  }
  if (!args.bias_gradient.empty()) {
    check_per_channel(op, "bias' gradient", args.bias_gradient, args.in);
  }
}

void check(const ColumnsArgs& args) {
  check_rows("columns", "input", args.from);
  check_rows("columns", "output", args.to);
  const auto fits = [&](const TensorView& view, std::int64_t at) {
    return at >= 0 && args.count >= 0 && at + args.count <= view.shape[view.rank - 1];
  };
  if (row_count(args.from) != row_count(args.to) || !fits(args.from, args.at_from) ||
      !fits(args.to, args.at_to)) {
    refuse("columns",
           std::to_string(args.count) + " columns at " + std::to_string(args.at_from) + " of " +
               describe(args.from) + " do not fit at " + std::to_string(args.at_to) + " of " +
               describe(args.to));
  }
}

void check(const ExpClampGradientArgs& args) {
  check_row_gradient(
      "exp_clamp",
      {.in = args.in, .out_gradient = args.out_gradient, .in_gradient = args.in_gradient});
}

void check(const LogSoftmaxGradientArgs& args) {
  check_row_gradient(
      "log_softmax",
      {.in = args.out, .out_gradient = args.out_gradient, .in_gradient = args.in_gradient});
  if (args.groups < 1 || args.out.shape[args.out.rank - 1] % args.groups != 0) {
    refuse("log_softmax",
           std::to_string(args.groups) + " groups do not divide the channels of " +
               describe(args.out));
  }
}

void check(const OneHotProductArgs& args) {
  const DenseShape shape = product_shape({}, args.weight, args.bias);
  check_f32("one_hot_conv1d", "weight", args.weight);
  if (!args.bias.empty()) check_f32("one_hot_conv1d", "bias", args.bias);
  check_f32("one_hot_conv1d", "output", args.out);
  args.classes.require_dtype(DType::kU8);
  if (args.weight.rank != 3 || args.classes.rank != 1 || args.out.rank != 2 ||
      args.out.shape[0] != args.classes.shape[0] || args.out.shape[1] != shape.out) {
    refuse("one_hot_conv1d",
           "the weight " + describe(args.weight) + " does not make " + describe(args.out) + " of " +
               describe(args.classes));
  }
}

void check(const OneHotGradientArgs& args) {
  if (!args.weight_gradient.empty()) {
    check(OneHotProductArgs{.classes = args.classes,
                            .weight = args.weight_gradient,
                            .bias = args.bias_gradient,
                            .out = args.out_gradient});
  }
  if (!args.bias_gradient.empty()) {
    check_per_channel("one_hot_conv1d", "bias' gradient", args.bias_gradient, args.out_gradient);
  }
}

void check_swiglu_gradient(const RowGradientArgs& args) {
  check_swiglu(args.in, args.out_gradient);
  check_shape_of("swiglu", args.in_gradient, args.in);
}

}  // namespace heddle::attention
