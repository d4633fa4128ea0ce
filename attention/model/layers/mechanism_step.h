#pragma once
// What a mechanism_attention step says, read once for the layer that runs and the one that learns.
// Threads: a value. Errors: std::invalid_argument, naming what the mechanism needs or refuses.

#include "attention/mechanisms/mechanism.h"
#include "attention/model/layers/fused_qkv.h"

#include <memory>
#include <optional>
#include <string>

namespace heddle::attention {

struct MechanismStep {
  std::unique_ptr<Mechanism> mechanism;
  FusedQkv fused;
  std::optional<double> scale;  // the mechanism's usual one where not given
  std::string constants;        // name of a tensor; empty: none

  /// The shape of the output; throws where registers do not fit the mechanism.
  Shape output_shape(std::span<const Shape> inputs) const;
  /// A call on these registers.
  MechanismCall call(std::span<const TensorView> inputs,
                     const TensorView& constants_of_call,
                     const TensorView& output) const;
  /// Gates of a second register, or their gradients: (heads, rows, gate channels).
  TensorView gates(const TensorView& in) const;
};

MechanismStep mechanism_step(Step& step);

}  // namespace heddle::attention
