#include "attention/memory/association_gate.h"

#include <cmath>

namespace heddle::attention {
namespace {

float share_of(const TensorView& gates, std::int64_t head) {
  return 1 / (1 + std::exp(-gates.as<float>()[head]));
}

float* row_of(const TensorView& view, std::int64_t head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

}  // namespace

void mix_associations(const TensorView& gates, const TensorView& state, const TensorView& out) {
  for (std::int64_t head = 0; head < out.shape[0]; ++head) {
    const float share = share_of(gates, head);
    for (std::int64_t row = 0; row < out.shape[1]; ++row) {
      float* to = row_of(out, head, row);
      const float* from = row_of(state, head, row);
      for (std::int64_t c = 0; c < out.shape[2]; ++c) to[c] += share * (from[c] - to[c]);
    }
  }
}

void mix_associations_backward(const MixGradient& args) {
  for (std::int64_t head = 0; head < args.attention.shape[0]; ++head) {
    const float share = share_of(args.gates, head);
    double share_gradient = 0;
    for (std::int64_t row = 0; row < args.attention.shape[1]; ++row) {
      const float* attention = row_of(args.attention, head, row);
      const float* state = row_of(args.state, head, row);
      for (std::int64_t c = 0; c < args.attention.shape[2]; ++c) {
        const float d = row_of(args.out_gradient, head, row)[c];
        share_gradient += double{d} * (state[c] - attention[c]);
        row_of(args.attention_gradient, head, row)[c] = (1 - share) * d;
        row_of(args.state_gradient, head, row)[c] = share * d;
      }
    }
    args.gate_gradient.as<float>()[head] +=
        static_cast<float>(share_gradient * share * (1 - share));
  }
}

}  // namespace heddle::attention
