#pragma once
// What an optimiser asks of a device that keeps its arrays: AdamW (arXiv 1711.05101) and a moving
// average of the values, chunk by chunk. All pointers are device memory; arrays are f32 of one
// layout. Threads and errors: as gradient_op.h; enqueued as every operation is.

#include <cstdint>

namespace heddle::attention {

/// Elements [begin, begin + count) of a tensor: what one block of threads takes.
struct UpdateChunk {
  std::int64_t begin = 0;
  std::int32_t count = 0;
  std::int32_t tensor = 0;
  std::int32_t decays = 0;
};
inline constexpr std::int32_t kUpdateChunk = 1 << 14;  // elements at most

struct UpdateScalars {
  float rate = 0;
  float scale = 1;  // of the gradient
  float beta1 = 0;
  float beta2 = 0;
  float first_scale = 1;   // 1 / (1 - beta1^t)
  float second_scale = 1;  // 1 / (1 - beta2^t)
  float epsilon = 0;
  float decay = 0;
  float kept = 0;   // of the average
  float taken = 0;  // of the values
};

struct UpdateArgs {
  const UpdateChunk* chunks = nullptr;
  std::int64_t count = 0;    // chunks
  std::int64_t tensors = 0;  // of them
  float* gradient = nullptr;
  float* values = nullptr;
  float* first = nullptr;
  float* second = nullptr;
  float* average = nullptr;
  float* given = nullptr;           // what samples are computed with
  std::uint8_t* seen = nullptr;     // one a tensor: does its gradient hold anything but zeros?
  std::uint8_t* learned = nullptr;  // one a tensor: did it ever, in a step that was made?
  double* squares = nullptr;        // one a chunk: of the gradient
  const UpdateScalars* scalars = nullptr;
  bool bfloat16 = false;  // `given` is rounded
};

class UpdateOps {
 public:
  virtual ~UpdateOps() = default;

  /// Fills `squares` and `seen`.
  virtual void squares(const UpdateArgs& args) const = 0;
  /// One step from a gradient that squares() saw; its average; `given` from the values; zeros in
  /// the gradient. A tensor that never had a gradient is left alone.
  virtual void step(const UpdateArgs& args) const = 0;
  /// `given` from the average, or from the values.
  virtual void give(const UpdateArgs& args, bool average) const = 0;
};

}  // namespace heddle::attention
