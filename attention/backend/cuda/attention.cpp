#include "attention/backend/cuda/attention.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/strand_operand.h"

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

namespace {

/// A call whose operands are on the device; of `args` only plans are read.
struct Uploaded {
  const ModuleApi& api;
  const AttentionArgs& args;
  int heads = 0;
  AttentionCall call;
};

void run(const Uploaded& on_device, AttentionCall call, const TileSchedule& schedule) {
  const DeviceTileSchedule kept(on_device.api, schedule);
  call.schedule = kept.data();
  require(on_device.api.attention(call), on_device.api);
  require(on_device.api.synchronize(), on_device.api);  // before its schedule goes
}

/// The call over views of strands, of which the first query is row `first`.
template <class View>
AttentionCall strand_call(const AttentionCall& whole, std::int64_t first, const View& view) {
  AttentionCall call = whole;
  for (int set = 0; set < call.query_sets; ++set) call.queries[set] = view(call.queries[set], true);
  call.segments = 1;
  call.keys[0] = view(call.keys[0], false);
  call.values[0] = view(call.values[0], false);
  call.out = view(call.out, true);
  call.log_sum_exp += first;
  return call;
}

void run_strands(const Uploaded& on_device, bool join) {
  const BlockPlan& plan = *on_device.args.plan;
  const Strands& strands = plan.strands;
  AttentionCall whole = on_device.call;
  whole.join = join;
  const std::int64_t slots = whole.keys[0].rows;
  if (strands_align(plan, slots)) {
    const auto all = [&](const Operand& of, bool) { return strands_of(of, strands.stride); };
    run(on_device,
        strand_call(whole, 0, all),
        make_tile_schedule(strands.plans[0], on_device.heads, static_cast<int>(strands.stride)));
    return;
  }
  for (std::int64_t strand = 0; strand < strands.stride; ++strand) {
    const StrandRows rows = strand_rows(strands.stride, strand, plan.first_query, plan.queries);
    const StrandRows keys = strand_rows(strands.stride, strand, strands.first_key, slots);
    if (rows.count == 0) continue;
    const auto one = [&](const Operand& of, bool queries) {
      return strand_of(of, strands.stride, queries ? rows : keys);
    };
    const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
    run(on_device,
        strand_call(whole, rows.first, one),
        make_tile_schedule(strands.plans[static_cast<std::size_t>(index)], on_device.heads));
  }
}

}  // namespace

void attention(const AttentionArgs& args, Path path) {
  const AttentionShape shape = check(args);
  check_segment_count(args.segments.size());
  if (shape.heads == 0 || shape.queries == 0) return;
  const ModuleApi& api = required_module();
  std::vector<DeviceTensor> kept;
  const auto upload = [&](const TensorView& view) {
    return kept.emplace_back(DeviceTensor::copy_of(api, view)).operand();
  };
  Uploaded on_device{.api = api, .args = args, .heads = static_cast<int>(shape.heads)};
  AttentionCall& call = on_device.call;
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
  const bool strands = args.plan->strands.stride > 0;
  const bool rows = !strands || !args.plan->runs.empty();
  if (rows) run(on_device, call, make_tile_schedule(*args.plan, on_device.heads));
  if (strands) run_strands(on_device, rows);
  out.copy_to(args.out);
  if (args.log_sum_exp.empty()) return;
  device_sums.copy_to(sums.view());
  copy(sums.view().at(0, 0), args.log_sum_exp);
}

}  // namespace heddle::attention::cuda
