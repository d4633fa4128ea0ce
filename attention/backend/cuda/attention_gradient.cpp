#include "attention/backend/attention_checks.h"
#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/device_tensor.h"

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
  return call;
}

}  // namespace

void attention_gradient(const AttentionGradientArgs& args, Path path) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (shape.heads == 0) return;
  const ModuleApi& api = required_module();
  const auto heads = static_cast<int>(shape.heads);
  std::vector<std::int64_t> slots;
  for (const KeySegment& segment : args.segments) slots.push_back(segment.keys.shape[1]);
  const DeviceTileSchedule schedule(api, make_tile_schedule(*args.plan, heads));
  const DeviceKeySchedule key_schedule(
      api,
      make_key_schedule(
          *args.plan,
          {.heads = heads, .kv_heads = static_cast<int>(shape.kv_heads), .slots = slots}));
  Exchange exchange(api);
  GradientCall call = call_of(args, path, exchange);
  call.schedule = schedule.data();
  call.key_schedule = key_schedule.data();
  require(api.attention_gradient(call), api);
  exchange.fetch();
}

}  // namespace heddle::attention::cuda
