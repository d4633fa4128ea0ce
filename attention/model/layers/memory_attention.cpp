#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::size_t kMaxMemoryBytes = std::size_t{4} << 30;

class MemoryAttention final : public Layer {
 public:
  MemoryAttention(const Backend& backend,
                  const FusedQkv& fused,
                  const MemorySpec& spec,
                  Pattern near,
                  double scale)
      : backend_(backend),
        fused_(fused),
        spec_(spec),
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
    if (core.shape[0] > 0) call.memory->append(fused_.keys(core), fused_.values(core));
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
  }

  const Backend& backend_;
  FusedQkv fused_;
  MemorySpec spec_;
  Pattern near_;
  float scale_;
};

DType storage_named(const std::string& name) {
  for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
    if (name == name_of(dtype)) return dtype;
  }
  throw std::invalid_argument("option 'storage': expected f32, bf16 or f16, the file has '" + name +
                              "'");
}

MemorySpec memory_spec(Step& step, const FusedQkv& fused) {
  Options& options = step.options;
  MemorySpec spec;
  spec.kv_heads = static_cast<int>(fused.kv_heads);
  spec.key_dim = static_cast<int>(options.whole("dim", 1, 1024));
  spec.value_dim = spec.key_dim;
  spec.storage = storage_named(options.text_or("storage", "f32"));
  spec.block = options.whole("block", 1, 4096);
  spec.sink_blocks = options.whole("sink_blocks", 0, 1 << 16);
  spec.ring_blocks = options.whole("ring_blocks", 1, 1 << 16);
  spec.long_blocks = options.whole_or("long_blocks", 0, 0, 1 << 20);
  spec.top_k = static_cast<int>(options.whole_or("top_k", 0, 0, 1 << 16));
  spec.rotary_theta = options.number_or("theta", 0);
  if (spec.bytes() > kMaxMemoryBytes) {
    throw std::invalid_argument("its memory would hold " + std::to_string(spec.bytes()) +
                                " bytes a stream, the limit is " + std::to_string(kMaxMemoryBytes));
  }
  return spec;
}

}  // namespace

std::unique_ptr<Layer> make_memory_attention(Step& step, LayerContext& context) {
  const FusedQkv fused = fused_qkv(step);
  const MemorySpec spec = memory_spec(step, fused);
  Pattern near = parse_pattern(step.options.text("pattern"));
  const double scale = step.options.number_or("scale", 1 / std::sqrt(double(spec.key_dim)));
  return std::make_unique<MemoryAttention>(context.backend, fused, spec, std::move(near), scale);
}

}  // namespace heddle::attention
