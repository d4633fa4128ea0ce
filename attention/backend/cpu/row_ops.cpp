#include "attention/backend/cpu/row_ops.h"

#include "attention/backend/cpu/parallel.h"
#include "attention/backend/cpu/vector_ops.h"
#include "attention/backend/operands.h"

#include <algorithm>
#include <array>

namespace heddle::attention::cpu {
namespace {

constexpr std::int64_t kBlockFloats = 16384;  // 64 KiB: a few microseconds of work a task

/// body(row) for every row, rows in blocks of about kBlockFloats.
template <class Body>
void for_each_row(std::int64_t rows, std::int64_t channels, const Body& body) {
  if (rows == 0 || channels == 0) return;
  const std::int64_t block_rows = std::max<std::int64_t>(1, kBlockFloats / channels);
  parallel_blocks((rows + block_rows - 1) / block_rows, [&](std::int64_t block) {
    const std::int64_t end = std::min(rows, (block + 1) * block_rows);
    for (std::int64_t row = block * block_rows; row < end; ++row) body(row);
  });
}

/// Operands of one shape, as few long rows where all are contiguous: body(starts, length).
template <std::size_t N, class Body>
void for_each_element(const std::array<TensorView, N>& operands, const Body& body) {
  const TensorView& shape = operands[0];
  if (std::all_of(operands.begin(), operands.end(), [](auto& x) { return x.contiguous(); })) {
    const std::int64_t size = shape.size();
    for_each_row((size + kBlockFloats - 1) / kBlockFloats, kBlockFloats, [&](std::int64_t block) {
      std::array<float*, N> starts{};
      for (std::size_t i = 0; i < N; ++i) {
        starts[i] = static_cast<float*>(operands[i].data) + block * kBlockFloats;
      }
      body(starts, std::min(kBlockFloats, size - block * kBlockFloats));
    });
    return;
  }
  const std::int64_t channels = shape.shape[shape.rank - 1];
  for_each_row(row_count(shape), channels, [&](std::int64_t row) {
    std::array<float*, N> starts{};
    for (std::size_t i = 0; i < N; ++i) starts[i] = row_start(operands[i], row);
    body(starts, channels);
  });
}

void check_rows_alike(std::string_view op, const TensorView& in, const TensorView& out) {
  check_rows(op, "input", in);
  check_rows(op, "output", out);
  check_same_shape(op, in, out);
}

}  // namespace

void rms_norm(const TensorView& in, const TensorView& gain, float eps, const TensorView& out) {
  check_rows_alike("rms_norm", in, out);
  check_per_channel("rms_norm", "gain", gain, in);
  const std::int64_t channels = in.shape[in.rank - 1];
  for_each_row(row_count(in), channels, [&](std::int64_t row) {
    rms_norm_row(row_start(in, row), gain.as<float>(), eps, row_start(out, row), channels);
  });
}

void layer_norm(const TensorView& in,
                const TensorView& gain,
                const TensorView& bias,
                float eps,
                const TensorView& out) {
  check_rows_alike("layer_norm", in, out);
  check_per_channel("layer_norm", "gain", gain, in);
  check_per_channel("layer_norm", "bias", bias, in);
  const std::int64_t channels = in.shape[in.rank - 1];
  const LayerNormRow norm{
      .gain = gain.as<float>(), .bias = bias.as<float>(), .eps = eps, .n = channels};
  for_each_row(row_count(in), channels, [&](std::int64_t row) {
    layer_norm_row(norm, row_start(in, row), row_start(out, row));
  });
}

void l2_normalize(const TensorView& in, float eps, const TensorView& out) {
  check_rows_alike("l2_normalize", in, out);
  const std::int64_t channels = in.shape[in.rank - 1];
  for_each_row(row_count(in), channels, [&](std::int64_t row) {
    l2_normalize_row(row_start(in, row), eps, row_start(out, row), channels);
  });
}

void gelu(const TensorView& in, const TensorView& out) {
  check_rows_alike("gelu", in, out);
  for_each_element(std::array{in, out},
                   [](const auto& at, std::int64_t n) { gelu_row(at[0], at[1], n); });
}

void relu(const TensorView& in, const TensorView& out) {
  check_rows_alike("relu", in, out);
  for_each_element(std::array{in, out},
                   [](const auto& at, std::int64_t n) { relu_row(at[0], at[1], n); });
}

void add(const TensorView& a, const TensorView& b, const TensorView& out) {
  check_rows("add", "first operand", a);
  check_rows("add", "second operand", b);
  check_rows("add", "output", out);
  check_same_shape("add", a, b);
  check_same_shape("add", a, out);
  for_each_element(std::array{a, b, out},
                   [](const auto& at, std::int64_t n) { add_row(at[0], at[1], at[2], n); });
}

void swiglu(const TensorView& in, const TensorView& out) {
  check_swiglu(in, out);
  const std::int64_t channels = out.shape[out.rank - 1];
  for_each_row(row_count(out), channels, [&](std::int64_t row) {
    const float* gate = row_start(in, row);
    swiglu_row(gate, gate + channels, row_start(out, row), channels);
  });
}

}  // namespace heddle::attention::cpu
