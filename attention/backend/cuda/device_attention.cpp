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

/// The rows of all samples that the arena holds, one after another.
Operand all_samples(const TensorView& view) {
  Operand operand = operand_of(view);
  operand.rows *= QueuedArena::current_windows();
  return operand;
}

/// The same as strands, which never meet.
Operand by_sample(Operand operand) {
  const std::int64_t samples = QueuedArena::current_windows();
  if (samples == 1) return operand;
  operand.rows /= samples;
  operand.strands = static_cast<std::int32_t>(samples);
  operand.strand_stride = operand.rows * operand.row_stride;
  return operand;
}

/// Of a head in the log-sum-exps: samples have theirs beside one another.
std::int64_t sum_stride(const TensorView& sums) {
  return sums.empty() ? 0 : sums.stride[0] * QueuedArena::current_windows();
}

/// Operands as the kernels want them; f32 ones are copied to half precision a few at a time.
class Operands {
 public:
  Operands(const ModuleApi& api, Element element, HalfRooms& rooms)
      : api_(api), element_(element), rooms_(rooms) {}

  Operand read(const TensorView& view) {
    const Operand from = all_samples(view);
    if (!turns(from)) return by_sample(from);
    const Operand to = rooms_.room(used_++, from, element_);
    add(from, to);
    return by_sample(to);
  }

  /// Where the kernel writes what finish() copies to `view`.
  Operand written(const TensorView& view) {
    out_ = all_samples(view);
    if (!turns(*out_)) return by_sample(*std::exchange(out_, std::nullopt));
    half_out_ = rooms_.room(used_++, *out_, element_);
    return by_sample(half_out_);
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
    return element_ != Element::kF32 && operand.element == Element::kF32;
  }
  void add(const Operand& from, const Operand& to) {
    if (call_.count == ConvertCall::kMost) flush();
    call_.from[call_.count] = from;
    call_.to[call_.count++] = to;
  }

  const ModuleApi& api_;
  Element element_;
  HalfRooms& rooms_;
  std::size_t used_ = 0;
  ConvertCall call_;
  std::optional<Operand> out_;
  Operand half_out_;
};

/// Queries, keys and values of either call.
template <class Call>
Call call_of(Operands& operands,
             std::span<const TensorView> queries,
             std::span<const KeySegment> segments,
             float scale) {
  Call call;
  call.query_sets = static_cast<std::int32_t>(queries.size());
  call.segments = static_cast<std::int32_t>(segments.size());
  call.scale = scale;
  for (std::size_t i = 0; i < queries.size(); ++i) call.queries[i] = operands.read(queries[i]);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    call.keys[i] = operands.read(segments[i].keys);
    call.values[i] = operands.read(segments[i].values);
    call.query_set[i] = segments[i].query_set;
  }
  return call;
}

void enqueue(const ModuleApi& api,
             Element element,
             const AttentionArgs& args,
             PlannedAttention& planned) {
  Operands operands(api, element, planned.rooms);
  auto call = call_of<AttentionCall>(operands, args.queries, args.segments, args.scale);
  operands.flush();
  call.out = operands.written(args.out);
  call.log_sum_exp = static_cast<float*>(args.log_sum_exp.data);
  call.log_sum_exp_stride = sum_stride(args.log_sum_exp);
  planned.launches.enqueue(call);
  operands.finish();
}

/// Gradients are written where they are wanted, f32 as they are.
void enqueue(const ModuleApi& api,
             Element element,
             const AttentionGradientArgs& args,
             PlannedGradient& planned) {
  Operands operands(api, element, planned.rooms);
  auto call = call_of<GradientCall>(operands, args.queries, args.segments, args.scale);
  call.out = operands.read(args.out);
  call.out_gradient = operands.read(args.out_gradient);
  operands.flush();
  call.schedule = planned.rows.data();
  call.key_schedule = planned.keys.data();
  call.log_sum_exp = static_cast<const float*>(args.log_sum_exp.data);
  call.log_sum_exp_gradient = static_cast<const float*>(args.log_sum_exp_gradient.data);
  call.log_sum_exp_stride = sum_stride(args.log_sum_exp);
  for (std::size_t i = 0; i < args.query_gradients.size(); ++i) {
    if (!args.query_gradients[i].empty()) {
      call.query_gradients[i] = by_sample(all_samples(args.query_gradients[i]));
    }
  }
  for (std::size_t i = 0; i < args.segment_gradients.size(); ++i) {
    const KeySegmentGradient& to = args.segment_gradients[i];
    if (!to.keys.empty()) call.key_gradients[i] = by_sample(all_samples(to.keys));
    if (!to.values.empty()) call.value_gradients[i] = by_sample(all_samples(to.values));
  }
  require(api.attention_gradient(call), api);
}

}  // namespace

void device_attention_gradient(const ModuleApi& api,
                               Element element,
                               const AttentionGradientArgs& args) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (args.plan->strands.stride != 0) {
    throw std::invalid_argument(
        "attention: the gradient over strands (strided and dilated patterns) does not run on the "
        "GPU yet; use -d cpu");
  }
  if (shape.heads == 0 || shape.queries == 0) return;
  const auto heads = static_cast<int>(shape.heads);
  if (QueuedArena* arena = QueuedArena::current()) {
    return enqueue(api, element, args, arena->planned(args, heads));
  }
  PlannedGradient planned(api, args, heads);
  enqueue(api, element, args, planned);
  require(api.synchronize(), api);
}

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
