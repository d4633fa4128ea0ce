#pragma once
// The second half of the contract with the module (module_api.h): queues, and the operations of a
// model that are not attention. Plain structures; all pointers are device memory unless said
// otherwise; every f32 operand is rows of `channels` contiguous elements a fixed stride apart.
//
// Queues: what a thread enqueues goes to the queue it entered last, in order; to the default one
// where it entered none. A queue belongs to one thread at a time. Errors: as in module_api.h.

#include "attention/backend/cuda/module_api.h"

#include <cstddef>
#include <cstdint>

namespace heddle::attention::cuda {

/// Channels of a packed weight are zero-padded to a multiple of it.
inline constexpr int kChannelPad = 32;

enum class Epilogue : std::int32_t { kNone = 0, kRelu = 1, kGelu = 2 };

/// A linear layer (one tap), a convolution of a sequence (height 1) or of an image, as one product:
/// out[y][x][n] = sum over taps and channels of in[y stride + ty - pad][x stride + tx dilation -
/// pad][c] weight[n][ty][tx][c], zeros outside; then bias, what was there, activation.
struct ProductCall {
  const float* in = nullptr;  // (height * width) rows
  std::int64_t in_stride = 0;
  std::int32_t height = 1;
  std::int32_t width = 0;
  std::int32_t channels = 0;
  const void* weight = nullptr;     // (outputs, taps, padded channels)
  Element element = Element::kF16;  // of weight, and of what products multiply: kF16, kBF16 or kF32
  const float* bias = nullptr;      // (outputs), or null
  float* out = nullptr;             // (height / stride * width / stride) rows
  std::int64_t out_stride = 0;
  std::int32_t outputs = 0;
  std::int32_t taps_y = 1;
  std::int32_t taps_x = 1;
  std::int32_t dilation = 1;  // along x
  std::int32_t stride = 1;    // along both axes; along x alone where taps_y is 1
  Epilogue epilogue = Epilogue::kNone;
  bool accumulate = false;
};

enum class RowOp : std::int32_t {
  kRmsNorm,      // second: gain; a: eps
  kLayerNorm,    // second: gain, third: bias; a: eps
  kL2Normalize,  // a: eps
  kGelu,
  kRelu,
  kAdd,              // second: the other operand
  kSwiGlu,           // in has 2 * channels
  kScaleShift,       // (x + a) * b
  kScaleShiftBytes,  // the same of u8
  kExpClamp,         // b * exp(clamp(x, -a, a))
  kLogSoftmax,       // count: channels of a group
  kOneHot,           // in: u8 (rows)
  kOneHotConv1d,     // in: u8 (rows); second: (width, count, channels), third: bias; width: taps
  kCopy,
};

struct RowCall {
  RowOp op = RowOp::kCopy;
  const void* in = nullptr;
  const void* second = nullptr;
  const void* third = nullptr;
  float* out = nullptr;
  std::int64_t rows = 0;
  std::int64_t channels = 0;  // of out
  std::int64_t in_stride = 0;
  std::int64_t second_stride = 0;
  std::int64_t out_stride = 0;
  std::int64_t count = 0;
  std::int64_t width = 0;
  float a = 0;
  float b = 0;
};

/// RotaryArgs; x is f32.
struct RotateCall {
  Operand x;
  std::int64_t windows = 1;  // so many times x.rows, each from first_position on
  std::int64_t first_position = 0;
  double log2_theta = 0;
  bool inverse = false;
};

/// Operands of equal shapes copied one to one, converting; to half precision without infinities:
/// what is too large becomes the largest.
struct ConvertCall {
  static constexpr int kMost = 3;
  Operand from[kMost];
  Operand to[kMost];
  std::int32_t count = 0;
};

struct GradientApi;   // gradient_api.h
struct SelectionApi;  // selection_api.h

struct OperationApi {
  bool (*make_queue)(void** queue);
  bool (*free_queue)(void* queue);
  /// The calling thread's operations go to this queue from now on; null: to the default one.
  bool (*enter)(void* queue);
  /// Until `finish`, what the queue is given is noted instead of done; `replay` does all of it.
  bool (*record)(void* queue);
  bool (*finish)(void* queue);
  bool (*replay)(void* queue);
  /// Blocks the thread, without spinning, until the queue is empty.
  bool (*wait)(void* queue);
  /// Host memory that copies to and from the device at full rate, beside other work.
  bool (*allocate_host)(std::size_t bytes, void** memory);
  bool (*release_host)(void* memory);

  // Enqueued.
  bool (*copy)(void* to, const void* from, std::size_t bytes);
  bool (*product)(const ProductCall& call);
  bool (*rows)(const RowCall& call);
  bool (*rotate)(const RotateCall& call);
  bool (*convert)(const ConvertCall& call);

  const GradientApi* gradients;
  const SelectionApi* selections;
};

}  // namespace heddle::attention::cuda
