#include "attention/backend/operands.h"

#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(std::string_view op, const std::string& what) {
  throw std::invalid_argument(std::string(op) + ": " + what);
}

bool is_float(DType dtype) {
  return dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kBF16 ||
         dtype == DType::kF16;
}

void check_weight(std::string_view op, const TensorView& weight, int rank) {
  if (weight.empty() || weight.rank != rank || !is_float(weight.dtype)) {
    refuse(op,
           "expected a float weight of rank " + std::to_string(rank) + ", got " + describe(weight));
  }
  for (int axis = 0; axis < rank; ++axis) {
    if (weight.shape[axis] < 1) refuse(op, "the weight " + describe(weight) + " has no elements");
  }
}

bool check_bias(std::string_view op, const TensorView& bias, std::int64_t out) {
  if (bias.empty()) return false;
  if (bias.rank != 1 || bias.shape[0] != out || !is_float(bias.dtype)) {
    refuse(op,
           "expected a float bias of (" + std::to_string(out) +
               "), one entry a row of the weight, "
               "got " +
               describe(bias));
  }
  return true;
}

void check_taps(const DenseShape& shape) {
  if (shape.width % 2 == 0) {
    refuse(shape.op, "expected an odd width, got " + std::to_string(shape.width));
  }
  if (shape.dilation < 1 || shape.stride < 1) {
    refuse(shape.op,
           "expected dilation and stride of at least 1, got " + std::to_string(shape.dilation) +
               " and " + std::to_string(shape.stride));
  }
}

}  // namespace

DenseShape checked_shape(const LinearSpec& spec) {
  check_weight("linear", spec.weight, 2);
  return {.op = "linear",
          .in = spec.weight.shape[1],
          .out = spec.weight.shape[0],
          .activation = spec.activation,
          .bias = check_bias("linear", spec.bias, spec.weight.shape[0])};
}

DenseShape checked_shape(const Conv1dSpec& spec) {
  check_weight("conv1d", spec.weight, 3);
  const DenseShape shape{.op = "conv1d",
                         .in = spec.weight.shape[1],
                         .out = spec.weight.shape[0],
                         .width = spec.weight.shape[2],
                         .dilation = spec.dilation,
                         .activation = spec.activation,
                         .bias = check_bias("conv1d", spec.bias, spec.weight.shape[0])};
  check_taps(shape);
  return shape;
}

DenseShape checked_shape(const Conv2dSpec& spec) {
  check_weight("conv2d", spec.weight, 4);
  if (spec.weight.shape[2] != spec.weight.shape[3]) {
    refuse("conv2d", "expected a square kernel, got " + describe(spec.weight));
  }
  const DenseShape shape{.op = "conv2d",
                         .spatial_axes = 2,
                         .in = spec.weight.shape[1],
                         .out = spec.weight.shape[0],
                         .width = spec.weight.shape[2],
                         .stride = spec.stride,
                         .activation = spec.activation,
                         .bias = check_bias("conv2d", spec.bias, spec.weight.shape[0])};
  check_taps(shape);
  return shape;
}

void check_run(const DenseShape& shape,
               const TensorView& in,
               const TensorView& out,
               bool accumulate) {
  check_rows(shape.op, "input", in);
  check_rows(shape.op, "output", out);
  const int last = shape.spatial_axes;
  if (in.rank != last + 1 || in.shape[last] != shape.in) {
    refuse(shape.op,
           "expected an input of rank " + std::to_string(last + 1) + " with " +
               std::to_string(shape.in) + " channels, got " + describe(in));
  }
  bool fits = out.rank == in.rank && out.shape[last] == shape.out;
  std::string wanted;
  for (int axis = 0; axis < last; ++axis) {
    if (in.shape[axis] % shape.stride != 0) {
      refuse(shape.op,
             "stride " + std::to_string(shape.stride) + " does not divide the input " +
                 describe(in) + "; pad it");
    }
    const std::int64_t extent = in.shape[axis] / shape.stride;
    fits = fits && out.shape[axis] == extent;
    wanted += std::to_string(extent) + ", ";
  }
  if (!fits) {
    refuse(
        shape.op,
        "expected an output of (" + wanted + std::to_string(shape.out) + "), got " + describe(out));
  }
  if (accumulate && shape.activation != Activation::kNone) {
    refuse(shape.op, "accumulating needs a product without activation");
  }
}

void check_rows(std::string_view op, std::string_view operand, const TensorView& view) {
  const bool strided =
      view.rank > 0 && view.shape[view.rank - 1] > 1 && view.stride[view.rank - 1] != 1;
  if (view.dtype != DType::kF32 || view.rank < 1 || strided) {
    refuse(op,
           "expected the " + std::string(operand) + " as f32 with a contiguous last axis, got " +
               describe(view) + (strided ? " strided along it" : ""));
  }
  if (view.empty() && view.size() != 0) {
    refuse(op, "the " + std::string(operand) + " " + describe(view) + " has no memory");
  }
}

void check_same_shape(std::string_view op, const TensorView& in, const TensorView& out) {
  bool same = in.rank == out.rank;
  for (int axis = 0; same && axis < in.rank; ++axis) same = in.shape[axis] == out.shape[axis];
  if (!same) {
    refuse(op, "expected operands of one shape, got " + describe(in) + " and " + describe(out));
  }
}

void check_per_channel(std::string_view op,
                       std::string_view operand,
                       const TensorView& vector,
                       const TensorView& in) {
  check_rows(op, operand, vector);
  const std::int64_t channels = in.shape[in.rank - 1];
  if (vector.rank != 1 || vector.shape[0] != channels) {
    refuse(op,
           "expected a " + std::string(operand) + " of (" + std::to_string(channels) +
               ") for rows of " + describe(in) + ", got " + describe(vector));
  }
}

void check_swiglu(const TensorView& in, const TensorView& out) {
  check_rows("swiglu", "input", in);
  check_rows("swiglu", "output", out);
  bool fits = in.rank == out.rank && in.shape[in.rank - 1] == 2 * out.shape[out.rank - 1];
  for (int axis = 0; fits && axis + 1 < in.rank; ++axis) fits = in.shape[axis] == out.shape[axis];
  if (!fits) {
    refuse("swiglu",
           "expected an input of twice the output's channels, got " + describe(in) + " for " +
               describe(out));
  }
}

void check_rotary(const RotaryArgs& args) {
  check_rows("rotary", "operand", args.x);
  if (args.x.rank != 3 || args.x.shape[2] % 2 != 0) {
    refuse("rotary", "expected (heads, rows, even dim), got " + describe(args.x));
  }
  if (!(args.theta > 0)) {
    refuse("rotary", "expected a theta above 0, got " + std::to_string(args.theta));
  }
}

std::int64_t row_count(const TensorView& view) {
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < view.rank; ++axis) rows *= view.shape[axis];
  return rows;
}

float* row_start(const TensorView& view, std::int64_t row) {
  std::int64_t offset = 0;
  for (int axis = view.rank - 2; axis > 0; --axis) {
    offset += row % view.shape[axis] * view.stride[axis];
    row /= view.shape[axis];
  }
  if (view.rank > 1) offset += row * view.stride[0];
  return static_cast<float*>(view.data) + offset;
}

}  // namespace heddle::attention
