#include "attention/backend/attention_checks.h"
#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/strand_operand.h"
#include "attention/backend/gradient_parts.h"
#include "attention/backend/strand_call.h"

#include <vector>

namespace heddle::attention::cuda {
namespace {

/// Operands on the device, and which results go back where.
class Exchange {
 public:
  explicit Exchange(const ModuleApi& api) : api_(api) {}

  Operand upload(const TensorView& view) {
    return kept_.emplace_back(DeviceTensor::copy_of(api_, view)).operand();
  }

  /// (heads, queries) f32, packed.
  const float* upload_rows(const TensorView& view) {
    if (view.empty()) return nullptr;
    const Tensor packed(DType::kF32, {1, view.shape[0], view.shape[1]});
    copy(view, packed.view().at(0, 0));
    return static_cast<const float*>(upload(packed.view()).data);
  }

  /// The device starts from what the host has, so that a row no kernel writes shows.
  Operand result(const TensorView& view) {
    if (view.empty()) return {};
    const Operand operand = upload(view);
    results_.push_back({kept_.size() - 1, view});
    return operand;
  }

  void fetch() const {
    for (const Result& result : results_) kept_[result.index].copy_to(result.to);
  }

 private:
  struct Result {
    std::size_t index;
    TensorView to;
  };

  const ModuleApi& api_;
  std::vector<DeviceTensor> kept_;
  std::vector<Result> results_;
};

GradientCall call_of(const AttentionGradientArgs& args, Path path, Exchange& exchange) {
  GradientCall call;
  call.query_sets = static_cast<std::int32_t>(args.queries.size());
  call.segments = static_cast<std::int32_t>(args.segments.size());
  for (std::size_t i = 0; i < args.queries.size(); ++i) {
    call.queries[i] = exchange.upload(args.queries[i]);
    call.query_gradients[i] = exchange.result(args.query_gradients[i]);
  }
  for (std::size_t i = 0; i < args.segments.size(); ++i) {
    call.keys[i] = exchange.upload(args.segments[i].keys);
    call.values[i] = exchange.upload(args.segments[i].values);
    call.query_set[i] = args.segments[i].query_set;
    call.key_gradients[i] = exchange.result(args.segment_gradients[i].keys);
    call.value_gradients[i] = exchange.result(args.segment_gradients[i].values);
  }
  call.scale = args.scale;
  call.path = path;
  call.out = exchange.upload(args.out);
  call.out_gradient = exchange.upload(args.out_gradient);
  call.log_sum_exp = exchange.upload_rows(args.log_sum_exp);
  call.log_sum_exp_gradient = exchange.upload_rows(args.log_sum_exp_gradient);
  call.log_sum_exp_stride = args.log_sum_exp.shape[1];
  return call;
}

void run(const ModuleApi& api,
         GradientCall call,
         const TileSchedule& rows,
         const KeySchedule& keys) {
  const DeviceTileSchedule kept_rows(api, rows);
  const DeviceKeySchedule kept_keys(api, keys);
  call.schedule = kept_rows.data();
  call.key_schedule = kept_keys.data();
  require(api.attention_gradient(call), api);
  require(api.synchronize(), api);  // before its schedules go
}

void run_rows(const ModuleApi& api, const AttentionGradientArgs& args, const GradientCall& call) {
  std::vector<std::int64_t> slots;
  for (const KeySegment& segment : args.segments) slots.push_back(segment.keys.shape[1]);
  const int heads = call.queries[0].heads;
  run(api,
      call,
      make_tile_schedule(*args.plan, heads),
      make_key_schedule(*args.plan,
                        {.heads = heads, .kv_heads = call.keys[0].heads, .slots = slots}));
}

/// The call over views of strands, of which the first query is row `first`.
template <class View>
GradientCall strand_call(const GradientCall& whole, std::int64_t first, const View& view) {
  GradientCall call = whole;
  for (int set = 0; set < call.query_sets; ++set) {
    call.queries[set] = view(call.queries[set], true);
    call.query_gradients[set] = view(call.query_gradients[set], true);
  }
  call.segments = 1;
  for (Operand* of :
       {&call.keys[0], &call.values[0], &call.key_gradients[0], &call.value_gradients[0]}) {
    *of = view(*of, false);
  }
  call.out = view(call.out, true);
  call.out_gradient = view(call.out_gradient, true);
  call.log_sum_exp += first;
  if (call.log_sum_exp_gradient) call.log_sum_exp_gradient += first;
  return call;
}

void run_strands(const ModuleApi& api, const BlockPlan& plan, const GradientCall& whole) {
  const Strands& strands = plan.strands;
  const int heads = whole.queries[0].heads;
  const int kv_heads = whole.keys[0].heads;
  const std::int64_t slots = whole.keys[0].rows;
  const auto run_plan = [&](const BlockPlan& of, const GradientCall& call, int count) {
    const std::int64_t held[] = {call.keys[0].rows};
    run(api,
        call,
        make_tile_schedule(of, heads, count),
        make_key_schedule(of,
                          {.heads = heads, .kv_heads = kv_heads, .slots = held, .strands = count}));
  };
  if (strands_align(plan, slots)) {
    const auto all = [&](const Operand& of, bool) { return strands_of(of, strands.stride); };
    run_plan(strands.plans[0], strand_call(whole, 0, all), static_cast<int>(strands.stride));
    return;
  }
  for (std::int64_t strand = 0; strand < strands.stride; ++strand) {
    const StrandRows rows = strand_rows(strands.stride, strand, plan.first_query, plan.queries);
    const StrandRows keys = strand_rows(strands.stride, strand, strands.first_key, slots);
    const auto one = [&](const Operand& of, bool queries) {
      return strand_of(of, strands.stride, queries ? rows : keys);
    };
    const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
    run_plan(
        strands.plans[static_cast<std::size_t>(index)], strand_call(whole, rows.first, one), 1);
  }
}

enum class Part : std::uint8_t { kRows, kStrands };

void run_part(const AttentionGradientArgs& args, Path path, Part part) {
  const ModuleApi& api = required_module();
  Exchange exchange(api);
  const GradientCall call = call_of(args, path, exchange);
  if (part == Part::kRows) {
    run_rows(api, args, call);
  } else {
    run_strands(api, *args.plan, call);
  }
  exchange.fetch();
}

}  // namespace

void attention_gradient(const AttentionGradientArgs& args, Path path) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (shape.heads == 0) return;
  if (args.plan->strands.stride == 0) return run_part(args, path, Part::kRows);
  if (strands_alone(args)) return run_part(args, path, Part::kStrands);
  const GradientPart of_rows(args);
  const GradientPart of_strands(args);
  const AttentionGradientArgs first = of_rows.call(args);
  const AttentionGradientArgs second = of_strands.call(args);
  run_part(first, path, Part::kRows);
  run_part(second, path, Part::kStrands);
  for (const GradientSum& sum : gradient_sums(first, second, args)) {
    for (std::int64_t head = 0; head < sum.to.shape[0]; ++head) store_sum(sum, head);
  }
}

}  // namespace heddle::attention::cuda
