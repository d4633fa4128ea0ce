#include "attention/backend/cuda/attention.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/plan_launches.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace heddle::attention::cuda {

const ModuleApi& required_module() {
  const LoadedModule& loaded = loaded_module();
  if (!loaded.api) throw std::runtime_error("cuda: " + loaded.reason);
  return *loaded.api;
}

void check_segment_count(std::size_t segments) {
  if (segments <= kMaxSegments) return;
  throw std::invalid_argument("cuda attention: " + std::to_string(segments) +
                              " key segments; pass at most " + std::to_string(kMaxSegments));
}

void attention(const AttentionArgs& args, Path path) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (shape.heads == 0 || shape.queries == 0) return;
  const ModuleApi& api = required_module();
  std::vector<DeviceTensor> kept;
  const auto upload = [&](const TensorView& view) {
    return kept.emplace_back(DeviceTensor::copy_of(api, view)).operand();
  };
  AttentionCall call;
  call.query_sets = static_cast<std::int32_t>(args.queries.size());
  for (std::size_t i = 0; i < args.queries.size(); ++i) call.queries[i] = upload(args.queries[i]);
  call.segments = static_cast<std::int32_t>(args.segments.size());
  for (std::size_t i = 0; i < args.segments.size(); ++i) {
    call.keys[i] = upload(args.segments[i].keys);
    call.values[i] = upload(args.segments[i].values);
    call.query_set[i] = args.segments[i].query_set;
  }
  const DeviceTensor out = DeviceTensor::like(api, args.out);
  const Tensor sums(DType::kF32, {1, shape.heads, shape.queries});
  const DeviceTensor device_sums = DeviceTensor::like(api, sums.view());
  call.out = out.operand();
  call.log_sum_exp = static_cast<float*>(device_sums.operand().data);
  call.log_sum_exp_stride = shape.queries;
  call.scale = args.scale;
  call.path = path;
  const PlanLaunches launches(
      api, *args.plan, static_cast<int>(shape.heads), args.segments[0].keys.shape[1]);
  launches.enqueue(call);
  require(api.synchronize(), api);  // before its schedules go
  out.copy_to(args.out);
  if (args.log_sum_exp.empty()) return;
  device_sums.copy_to(sums.view());
  copy(sums.view().at(0, 0), args.log_sum_exp);
}

}  // namespace heddle::attention::cuda
