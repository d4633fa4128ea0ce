#include "attention/backend/cuda/device_attention.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/device_arena.h"
#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/operation_api.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace heddle::attention::cuda {
namespace {

/// Operands as the kernels want them; f32 ones are copied to fp16 a few at a time.
class Operands {
 public:
  Operands(const ModuleApi& api, Element element, PlannedAttention& planned)
      : api_(api), element_(element), planned_(planned) {}

  Operand read(const TensorView& view) {
    const Operand from = operand_of(view);
    if (!turns(from)) return from;
    const Operand to = planned_.half(used_++, from);
    add(from, to);
    return to;
  }

  /// Where the kernel writes what finish() copies to `view`.
  Operand written(const TensorView& view) {
    out_ = operand_of(view);
    if (!turns(*out_)) return *std::exchange(out_, std::nullopt);
    half_out_ = planned_.half(used_++, *out_);
    return half_out_;
  }

  /// Before the kernel.
  void flush() {
    if (call_.count > 0) require(api_.operations->convert(call_), api_);
    call_.count = 0;
  }
  /// After it.
  void finish() {
    if (!out_) return;
    add(half_out_, *out_);
    flush();
  }

 private:
  bool turns(const Operand& operand) const {
    return element_ == Element::kF16 && operand.element == Element::kF32;
  }
  void add(const Operand& from, const Operand& to) {
    if (call_.count == ConvertCall::kMost) flush();
    call_.from[call_.count] = from;
    call_.to[call_.count++] = to;
  }

  const ModuleApi& api_;
  Element element_;
  PlannedAttention& planned_;
  std::size_t used_ = 0;
  ConvertCall call_;
  std::optional<Operand> out_;
  Operand half_out_;
};

void enqueue(const ModuleApi& api,
             Element element,
             const AttentionArgs& args,
             PlannedAttention& planned) {
  Operands operands(api, element, planned);
  AttentionCall call;
  call.query_sets = static_cast<std::int32_t>(args.queries.size());
  call.segments = static_cast<std::int32_t>(args.segments.size());
  for (std::size_t i = 0; i < args.queries.size(); ++i) {
    call.queries[i] = operands.read(args.queries[i]);
  }
  for (std::size_t i = 0; i < args.segments.size(); ++i) {
    call.keys[i] = operands.read(args.segments[i].keys);
    call.values[i] = operands.read(args.segments[i].values);
    call.query_set[i] = args.segments[i].query_set;
  }
  operands.flush();
  call.scale = args.scale;
  call.out = operands.written(args.out);
  call.log_sum_exp = static_cast<float*>(args.log_sum_exp.data);
  call.log_sum_exp_stride = args.log_sum_exp.empty() ? 0 : args.log_sum_exp.stride[0];
  planned.launches().enqueue(call);
  operands.finish();
}

}  // namespace

void device_attention(const ModuleApi& api, Element element, const AttentionArgs& args) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (shape.heads == 0 || shape.queries == 0) return;
  const auto heads = static_cast<int>(shape.heads);
  if (QueuedArena* arena = QueuedArena::current()) {
    return enqueue(api, element, args, arena->planned(args, heads));
  }
  PlannedAttention planned(api, *args.plan, heads, args.segments[0].keys.shape[1]);
  enqueue(api, element, args, planned);
  require(api.synchronize(), api);
}

}  // namespace heddle::attention::cuda
