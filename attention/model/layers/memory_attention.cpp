#include "attention/memory/association_gate.h"
#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"
#include "attention/model/layers/memory_options.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

class MemoryAttention final : public Layer {
 public:
  MemoryAttention(const Backend& backend,
                  const FusedQkv& fused,
                  MemoryOptions memory,
                  Pattern near,
                  double scale)
      : backend_(backend),
        fused_(fused),
        memory_(std::move(memory)),
        spec_(memory_.spec),
        near_(std::move(near)),
        scale_(static_cast<float>(scale)) {}

  Shape output_shape(std::span<const Shape> inputs) const override {
    if (fused_.dim(inputs[0]) != spec_.key_dim) {
      throw std::invalid_argument("expected heads of dim " + std::to_string(spec_.key_dim) +
                                  ", the register " + describe(inputs[0]) + " has " +
                                  std::to_string(fused_.dim(inputs[0])));
    }
    return with_channels(inputs[0], fused_.heads * spec_.key_dim);
  }
  std::optional<MemorySpec> memory() const override { return spec_; }

  void run(const Call& call) const override {
    const TensorView& in = call.inputs[0];
    const SegmentPosition& at = call.position;
    // Rows before position 0 are padding in front of the sequence.
    const std::int64_t skip = std::clamp<std::int64_t>(-at.first, 0, in.shape[0]);
    attend(call, in.slice(0, skip, in.shape[0] - skip), at.first + skip, skip);
    const TensorView core = in.slice(0, at.core_begin, at.core_end - at.core_begin);
    if (core.shape[0] == 0) return;
    call.memory->append(fused_.keys(core), fused_.values(core));
    write_tokens(call, core);
  }

  std::size_t scratch_bytes(std::span<const TensorView> inputs) const override {
    if (!spec_.associative) return 0;
    return static_cast<std::size_t>(inputs[0].shape[0] * fused_.heads * spec_.value_dim) *
           sizeof(float);
  }

 private:
  void attend(const Call& call,
              const TensorView& live,
              std::int64_t first,
              std::int64_t skip) const {
    std::memset(call.output.data,
                0,
                static_cast<std::size_t>(skip * channels_of(call.output)) * sizeof(float));
    if (live.shape[0] == 0) return;
    const TensorView out = call.output.slice(0, skip, live.shape[0]);
    call.memory->attend(backend_,
                        {.queries = fused_.queries(live),
                         .first = first,
                         .live_keys = fused_.keys(live),
                         .live_values = fused_.values(live),
                         .live_first = first,
                         .near = &near_,
                         .read_past = call.position.read_past,
                         .scale = scale_,
                         .out = as_heads(out, 0, fused_.heads, spec_.value_dim)});
    if (spec_.associative && call.position.read_past) mix_associations(call, live, out);
  }

  /// The last rows of the core are the memory tokens that the next segment reads.
  void write_tokens(const Call& call, const TensorView& core) const {
    const std::int64_t tokens = spec_.memory_tokens;
    if (tokens == 0 || core.shape[0] < tokens) return;
    const TensorView last = core.slice(0, core.shape[0] - tokens, tokens);
    call.memory->write_tokens(fused_.keys(last), fused_.values(last));
  }

  void mix_associations(const Call& call, const TensorView& live, const TensorView& out) const {
    const std::int64_t channels = fused_.heads * spec_.value_dim;
    const TensorView read =
        view_of(static_cast<float*>(call.scratch.data), {live.shape[0], channels});
    call.memory->read_associations(fused_.queries(live),
                                   as_heads(read, 0, fused_.heads, spec_.value_dim));
    attention::mix_associations(memory_.gate.view(),
                                as_heads(read, 0, fused_.heads, spec_.value_dim),
                                as_heads(out, 0, fused_.heads, spec_.value_dim));
  }

  const Backend& backend_;
  FusedQkv fused_;
  MemoryOptions memory_;
  const MemorySpec& spec_;
  Pattern near_;
  float scale_;
};

}  // namespace

std::unique_ptr<Layer> make_memory_attention(Step& step, LayerContext& context) {
  require_host(step.op, context.backend);
  const FusedQkv fused = fused_qkv(step);
  MemoryOptions memory = memory_options(step, context, fused.heads, fused.kv_heads);
  if (memory.spec.associative && memory.gate.view().size() != fused.heads) {
    throw std::invalid_argument("its gate has " + std::to_string(memory.gate.view().size()) +
                                " elements, there are " + std::to_string(fused.heads) + " heads");
  }
  Pattern near = parse_pattern(step.options.text("pattern"));
  const double scale = logit_scale(step).value_or(1 / std::sqrt(double(memory.spec.key_dim)));
  return std::make_unique<MemoryAttention>(
      context.backend, fused, std::move(memory), std::move(near), scale);
}

}  // namespace heddle::attention
