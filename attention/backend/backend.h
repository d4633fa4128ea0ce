#pragma once
// A back end is the operations on views. `reference` (scalar, fp64 accumulation, one op a file) is
// the judge of every other; `cpu` (Highway with run-time dispatch, oneDNN for dense products, TBB
// threads) is the fast one here. THE LIST is backends.cpp, best first. Threads: a Backend is const
// and shared; see each op's header.

#include "attention/backend/attention_op.h"
#include "attention/backend/dense_op.h"
#include "attention/backend/device.h"
#include "attention/backend/edge_op.h"
#include "attention/backend/gradient_op.h"
#include "attention/backend/normalised_op.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace heddle::attention {

/// Rotary embedding (arXiv 2104.09864): pairs are (i, i + dim/2), angle = position *
/// theta^(-2i/dim), reduced in double.
struct RotaryArgs {
  TensorView x;                     // (heads, rows, dim) f32, rotated in place
  std::int64_t first_position = 0;  // row r has position first_position + r
  double theta = 10000;
  bool inverse = false;
};

/// The most that operations take; layers ask before any runs.
struct OperationLimits {
  std::int64_t head_channels = std::numeric_limits<std::int64_t>::max();    // of attention
  std::int64_t one_hot_weights = std::numeric_limits<std::int64_t>::max();  // a channel, to learn
};

class Backend : public EdgeOps {
 public:
  virtual std::string_view name() const = 0;

  /// Do the operations take memory of a device? Then workspaces lie in an arena().
  virtual bool on_device() const { return false; }
  virtual OperationLimits limits() const { return {}; }
  /// `bytes` on the device and `mirrored` on the host for its inputs and outputs; null where the
  /// operations take the host's memory.
  virtual std::unique_ptr<DeviceArena> arena(std::size_t /*bytes*/,
                                             std::size_t /*mirrored*/) const {
    return nullptr;
  }
  /// Gains, biases and tables, for operations to read.
  virtual Constant constant(Tensor tensor) const {
    const auto owner = std::make_shared<const Tensor>(std::move(tensor));
    return {owner->view(), owner};
  }

  virtual void attention(const AttentionArgs& args) const = 0;
  virtual void attention_gradient(const AttentionGradientArgs& args) const = 0;
  virtual void normalised_attention(const NormalisedArgs& args) const = 0;
  virtual void normalised_attention_gradient(const NormalisedGradientArgs& args) const = 0;
  virtual void read_out(const ReadOutArgs& args) const = 0;

  virtual std::unique_ptr<Dense> linear(const LinearSpec& spec) const = 0;
  virtual std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec) const = 0;
  virtual std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec) const = 0;

  // Row-wise and element-wise operations on f32 (rows, channels); `gain` and `bias` (channels);
  // `in` and `out` have one shape and may be the same view.
  virtual void rms_norm(const TensorView& in,
                        const TensorView& gain,
                        float eps,
                        const TensorView& out) const = 0;
  virtual void layer_norm(const TensorView& in,
                          const TensorView& gain,
                          const TensorView& bias,
                          float eps,
                          const TensorView& out) const = 0;
  virtual void l2_normalize(const TensorView& in,
                            float eps,
                            const TensorView& out) const = 0;                // x / max(|x|, eps)
  virtual void gelu(const TensorView& in, const TensorView& out) const = 0;  // exact, by erf
  virtual void relu(const TensorView& in, const TensorView& out) const = 0;
  virtual void add(const TensorView& a, const TensorView& b, const TensorView& out) const = 0;
  /// SwiGLU (arXiv 2002.05202): in (rows, 2n) = [gate, value] -> out (rows, n) = gate *
  /// sigmoid(gate) * value.
  virtual void swiglu(const TensorView& in, const TensorView& out) const = 0;
  virtual void rotary(const RotaryArgs& args) const = 0;

  /// Products with weights that change, and gradients; null where this back end has none. The
  /// gradient of rotary is rotary itself, inverse.
  virtual const GradientOps* gradients() const { return nullptr; }
};

struct BackendStatus {
  std::string name;
  bool available = false;
  bool automatic = true;  // may "auto" choose it?
  std::string detail;     // "AVX2, oneDNN 2.6" or why not
};

/// The list, best first.
std::span<const BackendStatus> backend_statuses();
/// "auto" gives the best that is available and automatic. Forcing one that cannot run, or an
/// unknown name, throws std::runtime_error naming why.
const Backend& backend(std::string_view name = "auto");

}  // namespace heddle::attention
