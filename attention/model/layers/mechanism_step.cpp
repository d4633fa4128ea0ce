#include "attention/model/layers/mechanism_step.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

[[noreturn]] void refuse(const Mechanism& mechanism, const std::string& what) {
  throw std::invalid_argument(mechanism.text() + " " + what);
}

}  // namespace

MechanismStep mechanism_step(Step& step) {
  MechanismStep made;
  made.fused = fused_qkv(step);
  made.mechanism = parse_mechanism(step.options.text("mechanism"));
  const Mechanism& mechanism = *made.mechanism;
  made.fused.shared_keys = mechanism.shares_keys();
  made.scale = logit_scale(step);
  if (made.scale && !mechanism.scales()) refuse(mechanism, "has no \"scale\"; leave it out");
  if (made.fused.kv_heads != made.fused.heads && !mechanism.groups_heads()) {
    refuse(mechanism,
           "needs as many kv_heads as heads, got " + std::to_string(made.fused.kv_heads) + " of " +
               std::to_string(made.fused.heads));
  }
  const std::string name = step.options.text_or("mechanism_weights", "");
  const std::string needed(mechanism.constants());
  if (needed.empty() != name.empty()) {
    refuse(mechanism,
           needed.empty()
               ? "reads no tensor: leave out \"mechanism_weights\""
               : "reads a tensor NAME." + needed + ": give NAME with \"mechanism_weights\"");
  }
  if (!name.empty()) made.constants = name + "." + needed;
  const bool gated = mechanism.gate_channels() > 0;
  if (gated != (step.inputs.size() == 2)) {
    refuse(mechanism,
           gated ? "takes a second input, its gates (" + std::to_string(mechanism.gate_channels()) +
                       " channels a head)"
                 : "takes 1 input, got 2");
  }
  return made;
}

Shape MechanismStep::output_shape(std::span<const Shape> inputs) const {
  const std::int64_t dim = fused.dim(inputs[0]);
  if (inputs.size() == 2) {
    require_f32(inputs[1], 2, 2);
    const std::int64_t wanted = fused.heads * mechanism->gate_channels();
    if (inputs[1].shape[0] != inputs[0].shape[0] || channels_of(inputs[1]) != wanted) {
      refuse(*mechanism,
             "expects gates (" + std::to_string(inputs[0].shape[0]) + ", " +
                 std::to_string(wanted) + "), got " + describe(inputs[1]));
    }
  }
  return with_channels(inputs[0], fused.heads * dim);
}

TensorView MechanismStep::gates(const TensorView& in) const {
  return as_heads(in, 0, fused.heads, mechanism->gate_channels());
}

MechanismCall MechanismStep::call(std::span<const TensorView> inputs,
                                  const TensorView& constants_of_call,
                                  const TensorView& output) const {
  const TensorView& in = inputs[0];
  const std::int64_t dim = fused.dim(in);
  return {.queries = fused.queries(in),
          .keys = fused.keys(in),
          .values = fused.values(in),
          .gates = inputs.size() == 2 ? gates(inputs[1]) : TensorView{},
          .constants = constants_of_call,
          .scale = scale ? static_cast<float>(*scale) : mechanism->usual_scale(dim),
          .out = as_heads(output, 0, fused.heads, dim)};
}

}  // namespace heddle::attention
