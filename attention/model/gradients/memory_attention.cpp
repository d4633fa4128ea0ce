// The gradient of memory_attention: the layer's calls of its memory, on a tape, and the walk back.

#include "attention/memory/association_gate.h"
#include "attention/memory/memory_gradient.h"
#include "attention/model/gradients/gradients.h"
#include "attention/model/layers/fused_qkv.h"
#include "attention/model/layers/memory_options.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::attention {
namespace {

/// Rows of a segment by what happens to them.
struct SegmentRows {
  std::int64_t skip = 0;  // rows before position 0: they attend nothing
  std::int64_t live = 0;  // rows behind them
  std::int64_t core = 0;  // rows that are written, from core_begin on
  std::int64_t core_begin = 0;
  std::int64_t first = 0;  // position of the first live row

  SegmentRows(const TensorView& in, const SegmentPosition& at)
      : skip(std::clamp<std::int64_t>(-at.first, 0, in.shape[0])),
        live(in.shape[0] - skip),
        core(at.core_end - at.core_begin),
        core_begin(at.core_begin),
        first(at.first + skip) {}

  TensorView live_of(const TensorView& rows) const { return rows.slice(0, skip, live); }
  TensorView core_of(const TensorView& rows) const { return rows.slice(0, core_begin, core); }
};

class MemoryAttentionGradient final : public LayerGradient {
 public:
  MemoryAttentionGradient(Step& step, LayerContext& context)
      : backend_(context.backend),
        ops_(gradient_ops(context)),
        fused_(fused_qkv(step)),
        spec_(memory_options(step, context, fused_.heads, fused_.kv_heads).spec),
        near_(parse_pattern(step.options.text("pattern"))),
        scale_(static_cast<float>(
            logit_scale(step).value_or(1 / std::sqrt(double{1.0} * spec_.key_dim)))) {
    if (spec_.associative) names_.push_back(step.options.text("gate"));
    first_weight_ = names_.size();
    const CompressionSpec& folds = spec_.compressed;
    if (folds.blocks == 0 || folds.kind == CompressionKind::kMean) return;
    const std::string weights = step.options.text("compression_weights");
    names_.push_back(weights + ".keys");
    if (folds.kind == CompressionKind::kConv) names_.push_back(weights + ".values");
  }

  std::vector<std::string> parameters() const override { return names_; }
  std::array<TensorView, 2> compression(
      std::span<const TensorView> parameter_gradients) const override {
    std::array<TensorView, 2> found;
    for (std::size_t i = first_weight_; i < names_.size(); ++i) {
      found[i - first_weight_] = parameter_gradients[i];
    }
    return found;
  }
  /// What attention and the associative state gave before they became one: (2, rows, channels).
  std::optional<Shape> kept(std::span<const Shape> /*inputs*/, const Shape& output) const override {
    if (!spec_.associative) return std::nullopt;
    return shape_of(DType::kF32, {2, output.shape[0], output.shape[1]});
  }
  double backward_work() const override { return 2.5; }

  void forward(const Layer& /*layer*/, const TrainingCall& call) const override {
    const TensorView& in = call.inputs[0];
    const SegmentRows rows(in, call.position);
    give_weights(call);
    ops_.columns(
        {.from = call.output, .to = call.output, .count = channels_of(call.output), .scale = 0});
    if (rows.live > 0) attend(call, rows);
    if (rows.core == 0) return;
    const TensorView core = rows.core_of(in);
    call.tape->append(fused_.keys(core), fused_.values(core));
    if (const std::int64_t tokens = tokens_of(rows)) {
      const TensorView last = core.slice(0, rows.core - tokens, tokens);
      call.tape->write_tokens(fused_.keys(last), fused_.values(last));
    }
  }

  void backward(const GradientCall& call) const override {
    const GradientTarget& target = call.input_gradients[0];
    const TensorView& in = call.forward.inputs[0];
    // The walk must be walked for its own sake, even where nobody wants this gradient.
    const Tensor nobody(DType::kF32, {target.view.empty() ? in.shape[0] : 0, in.shape[1]});
    const TensorView& to = target.view.empty() ? nobody.view() : target.view;
    if (!target.add) {
      ops_.columns({.from = to, .to = to, .count = channels_of(to), .scale = 0});
    }
    const SegmentRows rows(to, call.forward.position);
    const std::int64_t tokens = tokens_of(rows);
    if (tokens > 0) {
      add_to(rows.core_of(to).slice(0, rows.core - tokens, tokens), [&](const TensorView& own) {
        call.walk->write_tokens(fused_.keys(own), fused_.values(own));
      });
    }
    if (rows.core > 0) {
      add_to(rows.core_of(to), [&](const TensorView& own) {
        call.walk->append(fused_.keys(own), fused_.values(own));
      });
    }
    if (rows.live > 0) attend_backward(call, rows, rows.live_of(to));
  }

 private:
  /// The memory compresses with the weights of this call.
  void give_weights(const TrainingCall& call) const {
    const CompressionSpec& memory = call.tape->memory().spec().compressed;
    const std::array<TensorView, 2> to = {memory.keys, memory.values};
    for (std::size_t i = first_weight_; i < names_.size(); ++i) {
      copy(call.parameters[i], to[i - first_weight_]);
    }
  }

  std::int64_t tokens_of(const SegmentRows& rows) const {
    return rows.core < spec_.memory_tokens ? 0 : spec_.memory_tokens;
  }

  TensorView heads_of(const TensorView& rows) const {
    return as_heads(rows, 0, fused_.heads, spec_.value_dim);
  }

  void attend(const TrainingCall& call, const SegmentRows& rows) const {
    const TensorView live = rows.live_of(call.inputs[0]);
    const TensorView out = rows.live_of(call.output);
    call.tape->attend(backend_,
                      {.queries = fused_.queries(live),
                       .first = rows.first,
                       .live_keys = fused_.keys(live),
                       .live_values = fused_.values(live),
                       .live_first = rows.first,
                       .near = &near_,
                       .read_past = call.position.read_past,
                       .scale = scale_,
                       .out = heads_of(out)});
    if (!mixes(call)) return;
    const TensorView attention = rows.live_of(call.kept.at(0, 0));
    const TensorView state = rows.live_of(call.kept.at(0, 1));
    ops_.columns({.from = out, .to = attention, .count = channels_of(out)});
    call.tape->read_associations(fused_.queries(live), heads_of(state));
    mix_associations(call.parameters[0], heads_of(state), heads_of(out));
  }

  void attend_backward(const GradientCall& call,
                       const SegmentRows& rows,
                       const TensorView& to) const {
    const TensorView out_gradient = rows.live_of(call.out_gradient);
    if (mixes(call.forward)) unmix(call, rows, out_gradient, to);
    add_to(to, [&](const TensorView& own) {
      call.walk->attend(backend_,
                        {.out_gradient = heads_of(out_gradient),
                         .queries = fused_.queries(own),
                         .live_keys = fused_.keys(own),
                         .live_values = fused_.values(own)});
    });
  }

  /// out_gradient becomes that of the attention; the state's goes back through its read.
  void unmix(const GradientCall& call,
             const SegmentRows& rows,
             const TensorView& out_gradient,
             const TensorView& to) const {
    const Tensor state_gradient(DType::kF32, {rows.live, channels_of(out_gradient)});
    const Tensor nobody(DType::kF32, {fused_.heads});
    const TensorView& wanted = call.parameter_gradients[0];
    mix_associations_backward({.gates = call.forward.parameters[0],
                               .attention = heads_of(rows.live_of(call.forward.kept.at(0, 0))),
                               .state = heads_of(rows.live_of(call.forward.kept.at(0, 1))),
                               .out_gradient = heads_of(out_gradient),
                               .attention_gradient = heads_of(out_gradient),
                               .state_gradient = heads_of(state_gradient.view()),
                               .gate_gradient = wanted.empty() ? nobody.view() : wanted});
    add_to(to, [&](const TensorView& own) {
      call.walk->read_associations(heads_of(state_gradient.view()), fused_.queries(own));
    });
  }

  bool mixes(const TrainingCall& call) const {
    return spec_.associative && call.position.read_past;
  }

  /// Adds what `write` leaves in rows of zeros.
  template <class Write>
  void add_to(const TensorView& rows, const Write& write) const {
    const Tensor own(DType::kF32, {rows.shape[0], rows.shape[1]});
    write(own.view());
    ops_.columns({.from = own.view(), .to = rows, .count = channels_of(rows), .add = true});
  }

  const Backend& backend_;
  const GradientOps& ops_;
  FusedQkv fused_;
  MemorySpec spec_;
  Pattern near_;
  float scale_;
  std::vector<std::string> names_;  // of the gate, then of the compression's weights
  std::size_t first_weight_ = 0;    // among them
};

}  // namespace

std::unique_ptr<LayerGradient> memory_attention_gradient(Step& step, LayerContext& context) {
  return std::make_unique<MemoryAttentionGradient>(step, context);
}

}  // namespace heddle::attention
