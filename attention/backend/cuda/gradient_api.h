#pragma once
// The third part of the contract with the module (module_api.h): what a function that learns asks
// beside the operations of operation_api.h. Plain structures; all pointers are device memory; f32
// rows as there. Everything is enqueued where the calling thread's operations go. Sums over rows
// have one order that the shapes fix, and every sum one owner: no atomics, the same bits each run.

#include "attention/backend/cuda/module_api.h"
#include "attention/backend/loss_op.h"
#include "attention/backend/update_op.h"

#include <cstddef>
#include <cstdint>

namespace heddle::attention::cuda {

/// A weight (outputs, channels, taps) f32 turned into what ProductCall reads: (outputs, taps,
/// padded channels). `patch`: its taps are parts of one long row, (outputs, taps * channels).
/// `transposed`: for the gradient of the input, (channels, reversed taps, padded outputs), or
/// (taps * channels, padded outputs) of a patch.
struct PackCall {
  const float* weight = nullptr;
  void* to = nullptr;
  Element element = Element::kBF16;  // kBF16 or kF32
  std::int32_t outputs = 0;
  std::int32_t channels = 0;
  std::int32_t taps = 1;
  bool patch = false;
  bool transposed = false;
};

/// Rows of f32 as rows of bf16 with a pitch of a multiple of 32 channels, zeros beyond theirs.
struct RoundCall {
  const float* in = nullptr;
  std::int64_t stride = 0;
  std::int64_t rows = 0;
  std::int32_t channels = 0;
  std::int32_t pitch = 0;
  void* to = nullptr;
};

/// A linear layer (one tap) or a convolution of sequences, of rows that RoundCall made and weights
/// that PackCall did: out[r][n] (+)= bias[n] + sum over taps and channels of in[r + (t - taps / 2)
/// dilation][c] weight[n][t][c], zeros outside the row's own sample.
struct TensorProductCall {
  const void* in = nullptr;      // bf16
  const void* weight = nullptr;  // bf16 (outputs, taps, pitch)
  const float* bias = nullptr;   // (outputs), or null
  float* out = nullptr;
  std::int64_t out_stride = 0;
  std::int64_t rows = 0;
  std::int32_t window = 0;  // rows of a sample
  std::int32_t pitch = 0;   // of both
  std::int32_t outputs = 0;
  std::int32_t taps = 1;
  std::int32_t dilation = 1;
  bool accumulate = false;
};

/// gradient[o][c][t] += sum over rows r of out_gradient[r][o] in[r + (t - taps / 2) dilation][c],
/// zeros outside. `patch`: in has rows of taps * channels, column t * channels + c, and no row is
/// shifted.
struct WeightGradientCall {
  const void* in = nullptr;  // rows of `element`; of bf16 as RoundCall makes them
  std::int64_t in_stride = 0;
  const void* out_gradient = nullptr;
  std::int64_t out_stride = 0;
  std::int64_t rows = 0;
  std::int64_t window = 0;    // rows of a sample, whose taps reach no other sample
  float* gradient = nullptr;  // (outputs, channels, taps)
  float* partial = nullptr;   // (splits, outputs, channels, taps) where splits > 1
  Element element = Element::kBF16;
  std::int32_t outputs = 0;
  std::int32_t channels = 0;
  std::int32_t taps = 1;
  std::int32_t dilation = 1;
  std::int32_t splits = 1;  // equal parts of the rows, summed apart, then in order
  bool patch = false;
};

enum class RowGradientOp : std::int32_t {
  kRmsNorm,      // gain; a: eps
  kLayerNorm,    // gain; a: eps
  kL2Normalize,  // a: eps
  kGelu,
  kRelu,
  kSwiGlu,      // in and in_gradient have 2 * channels
  kExpClamp,    // a: limit, b: scale
  kLogSoftmax,  // in: the operation's output; count: channels of a group
};

/// RowGradientArgs; in_gradient may lie where out_gradient does.
struct RowGradientCall {
  RowGradientOp op = RowGradientOp::kGelu;
  const float* in = nullptr;
  const float* gain = nullptr;
  const float* out_gradient = nullptr;
  float* in_gradient = nullptr;
  std::int64_t rows = 0;
  std::int64_t channels = 0;  // of out_gradient
  std::int64_t in_stride = 0;
  std::int64_t out_stride = 0;
  std::int64_t in_gradient_stride = 0;
  std::int64_t count = 0;
  float a = 0;
  float b = 0;
  bool add = false;
};

inline constexpr std::int64_t kColumnParts = 256;

/// bias[c] += sum over rows of y[r][c]; gain[c] += sum of y[r][c] u[r][c], where u are the rows of
/// `in` normalised as `op` (a norm with a gain) does. Null: not wanted.
struct ColumnSumCall {
  const float* y = nullptr;
  std::int64_t y_stride = 0;
  const float* in = nullptr;
  std::int64_t in_stride = 0;
  std::int64_t rows = 0;
  std::int64_t channels = 0;
  float* bias = nullptr;
  float* gain = nullptr;
  float* terms = nullptr;    // room for two floats a row, where gain is wanted
  float* partial = nullptr;  // room for kColumnParts rows of two times the channels
  RowGradientOp op = RowGradientOp::kRmsNorm;
  float eps = 0;
};

/// ColumnsArgs from the first column moved on; from null: zeros.
struct ColumnsCall {
  const float* from = nullptr;
  float* to = nullptr;
  std::int64_t from_stride = 0;
  std::int64_t to_stride = 0;
  std::int64_t rows = 0;
  std::int64_t count = 0;
  float scale = 1;
  bool add = false;
};

/// OneHotProductArgs and OneHotGradientArgs: of the forward weight, bias and out are read and
/// written; of the gradient out is the output's, and the weight is added to (the bias is a column
/// sum).
inline constexpr std::int64_t kOneHotRows = 128;  // that are summed before they join the others
inline constexpr int kMostOneHotWeights = 384;  // classes times taps, of which there is a gradient

struct OneHotCall {
  const std::uint8_t* classes = nullptr;
  float* weight = nullptr;  // (outputs, known, width)
  float* bias = nullptr;    // (outputs), or null
  float* out = nullptr;     // (length, outputs)
  std::int64_t length = 0;
  std::int64_t window = 0;  // rows of a sample, whose taps reach no other sample
  std::int32_t outputs = 0;
  float* partial = nullptr;  // of the gradient: (length / kOneHotRows, width, known, outputs)
  std::int32_t known = 0;    // classes
  std::int32_t width = 1;
};

/// What samples are computed with, from the average or from the values.
struct GiveCall {
  UpdateArgs arrays;
  bool average = false;
};

struct GradientApi {
  bool (*pack)(const PackCall& call);
  bool (*round)(const RoundCall& call);
  bool (*product)(const TensorProductCall& call);
  bool (*weight_gradient)(const WeightGradientCall& call);
  bool (*row_gradient)(const RowGradientCall& call);
  bool (*column_sums)(const ColumnSumCall& call);
  bool (*columns)(const ColumnsCall& call);
  bool (*one_hot)(const OneHotCall& call);
  bool (*one_hot_gradient)(const OneHotCall& call);
  bool (*squares)(const UpdateArgs& args);
  bool (*step)(const UpdateArgs& args);
  bool (*give)(const GiveCall& call);
  bool (*losses)(const LossArgs& args);
  bool (*clear)(void* memory, std::size_t bytes);
};

}  // namespace heddle::attention::cuda
