#pragma once
// Losses of rows of logits, and their gradients, where a device computes: train/losses.h has the
// definition and the twin on the host. All pointers are device memory. Threads and errors: as
// gradient_op.h; labels were checked before.

#include <cstdint>

namespace heddle::attention {

/// A LossSpec.
struct LossGroup {
  double gamma = 0;      // of focal
  double smoothing = 0;  // of cross-entropy
  double taught = 0;     // the teacher's share, where there is one
  std::int32_t focal = 0;
  std::int32_t first = 0;
  std::int32_t classes = 2;
  std::int32_t column = 0;
  std::int32_t weights = -1;  // of its classes among class_weights; -1: all 1
};

/// What one group of channels sums to over a sample's rows.
struct LossSums {
  double loss = 0;   // of w_y times the row's
  double right = 0;  // rows whose largest logit is their label's
};

struct LossArgs {
  const float* logits = nullptr;         // (samples, rows, channels)
  const float* teacher = nullptr;        // its logits, alike; null: there is none
  const std::uint8_t* labels = nullptr;  // (samples, rows, columns)
  const LossGroup* groups = nullptr;     // (count)
  const double* class_weights = nullptr;
  const double* scales = nullptr;  // (samples, count): of the gradient of w_y times a row's loss
  float* gradient = nullptr;       // as logits; written, zeros where no group is
  LossSums* sums = nullptr;        // (samples, count)
  std::int64_t rows = 0;           // of a sample
  std::int32_t samples = 1;
  std::int32_t channels = 0;
  std::int32_t columns = 0;
  std::int32_t count = 0;
  std::uint8_t ignored = 255;
};

class LossOps {
 public:
  virtual ~LossOps() = default;

  virtual void losses(const LossArgs& args) const = 0;
};

}  // namespace heddle::attention
