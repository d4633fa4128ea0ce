// Forward attention on the GPU over the patterns of the speed table: milliseconds, TFLOP/s on the
// pairs that the mask needs, and how far sampled rows are from fp64. One line a case.
//   HEDDLE_CUDA_MODULE=build/cuda/app/libheddle_cuda.so cuda_attention_bench [case ...]
// Gradients: cuda_gradient_bench.cpp. Peers on the same card: torch_attention_bench.py

#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/strand_operand.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"
#include "tests/bench/cuda_cases.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

namespace heddle::attention::cuda {
namespace {

/// The largest difference from fp64 over a few rows of the first and the last head.
double difference(const Case& shape, const Tensor (&in)[3], const Tensor& out, float scale) {
  const Pattern pattern = parse_pattern(shape.pattern);
  double worst = 0;
  for (const std::int64_t head : {std::int64_t{0}, shape.heads - 1}) {
    const TensorView queries[] = {in[0].view().slice(0, head, 1)};
    for (const std::int64_t row : {std::int64_t{0}, shape.tokens / 2 + 63, shape.tokens - 1}) {
      const BlockPlan one = plan(pattern,
                                 {.first_query = row,
                                  .queries = 1,
                                  .keys = shape.tokens,
                                  .query_block = shape.block,
                                  .key_block = shape.block});
      const TensorView query[] = {queries[0].slice(1, row, 1)};
      const KeySegment keys[] = {{in[1].view().slice(0, head, 1), in[2].view().slice(0, head, 1)}};
      const Tensor wanted(DType::kF32, {1, 1, shape.dim});
      reference::attention(
          {.plan = &one, .queries = query, .segments = keys, .scale = scale, .out = wanted.view()});
      const BFloat16* got = out.view().at(0, head).at(0, row).as<BFloat16>();
      for (std::int64_t i = 0; i < shape.dim; ++i) {
        const double error = std::fabs(to_float(got[i]) - wanted.view().as<float>()[i]);
        worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
      }
    }
  }
  return worst;
}

/// The schedules of a plan: of its rows, of its strands.
struct Schedules {
  std::vector<TileSchedule> host;
  std::vector<std::int64_t> strides;  // 0: of the rows
};

Schedules schedules_of(const BlockPlan& made, const Case& shape) {
  Schedules all;
  const auto heads = static_cast<int>(shape.heads);
  const std::int64_t stride = made.strands.stride;
  if (stride == 0 || !made.runs.empty()) {
    all.host.push_back(make_tile_schedule(made, heads));
    all.strides.push_back(0);
  }
  if (stride > 0) {
    if (!strands_align(made, shape.tokens)) throw std::runtime_error("strands of unequal lengths");
    all.host.push_back(make_tile_schedule(made.strands.plans[0], heads, static_cast<int>(stride)));
    all.strides.push_back(stride);
  }
  return all;
}

AttentionCall strands_call(const AttentionCall& whole, std::int64_t stride, bool join) {
  AttentionCall call = whole;
  call.queries[0] = strands_of(whole.queries[0], stride);
  call.keys[0] = strands_of(whole.keys[0], stride);
  call.values[0] = strands_of(whole.values[0], stride);
  call.out = strands_of(whole.out, stride);
  call.join = join;
  return call;
}

/// Pairs that the kernels compute.
double worked_pairs(const std::vector<TileSchedule>& schedules) {
  std::int64_t worked = 0;
  for (const TileSchedule& schedule : schedules) {
    for (const Item& item : schedule.items) {
      for (int s = 0; s < item.stages; ++s) {
        const Stage& stage = schedule.stages[static_cast<std::size_t>(item.first_stage + s)];
        worked += (stage.kind[0] != kSkipped) + (stage.kind[1] != kSkipped);
      }
    }
  }
  return static_cast<double>(worked) * 64 * 128;
}

float timed(const ModuleApi& api, const std::vector<AttentionCall>& calls) {
  float sum = 0;
  for (const AttentionCall& call : calls) {
    float once = 0;
    require(api.time_attention(call, 1, 3, &once), api);
    const int repeats = std::clamp(static_cast<int>(20 / once), 1, 50);
    float milliseconds = 0;
    require(api.time_attention(call, repeats, 9, &milliseconds), api);
    sum += milliseconds;
  }
  return sum;
}

void measure(const ModuleApi& api, const Case& shape) {
  const auto begin = std::chrono::steady_clock::now();
  const BlockPlan made = plan(parse_pattern(shape.pattern),
                              {.queries = shape.tokens,
                               .keys = shape.tokens,
                               .query_block = shape.block,
                               .key_block = shape.block});
  const Schedules schedules = schedules_of(made, shape);
  const auto end = std::chrono::steady_clock::now();
  const Tensor in[3] = {random_tensor(shape, 1), random_tensor(shape, 2), random_tensor(shape, 3)};
  std::vector<DeviceTensor> on_device;
  for (const Tensor& tensor : in) on_device.push_back(DeviceTensor::copy_of(api, tensor.view()));
  const Tensor out(DType::kBF16, {shape.heads, shape.tokens, shape.dim});
  const Tensor sums(DType::kF32, {1, shape.heads, shape.tokens});
  const DeviceTensor device_out = DeviceTensor::like(api, out.view());
  const DeviceTensor device_sums = DeviceTensor::like(api, sums.view());
  AttentionCall call;
  call.queries[0] = on_device[0].operand();
  call.keys[0] = on_device[1].operand();
  call.values[0] = on_device[2].operand();
  call.scale = 1 / std::sqrt(static_cast<float>(shape.dim));
  call.out = device_out.operand();
  if (schedules.host.size() > 1) {  // strands join the rows through their log-sum-exps
    call.log_sum_exp = static_cast<float*>(device_sums.operand().data);
    call.log_sum_exp_stride = shape.tokens;
  }
  std::vector<std::unique_ptr<DeviceTileSchedule>> kept;
  std::vector<AttentionCall> calls;
  for (std::size_t i = 0; i < schedules.host.size(); ++i) {
    kept.push_back(std::make_unique<DeviceTileSchedule>(api, schedules.host[i]));
    const std::int64_t stride = schedules.strides[i];
    calls.push_back(stride == 0 ? call : strands_call(call, stride, i > 0));
    calls.back().schedule = kept.back()->data();
    require(api.attention(calls.back()), api);
  }
  device_out.copy_to(out.view());
  const double error = difference(shape, in, out, call.scale);
  const double pairs = static_cast<double>(attended_pairs(made)) *
                       static_cast<double>(made.heads == 1 ? shape.heads : 1);
  const double flop = 4.0 * pairs * static_cast<double>(shape.dim);
  const float milliseconds = timed(api, calls);
  std::printf("%-22s %9.3f ms %7.1f TFLOP/s  needed/computed %.3f  error %.1e  schedule %.0f ms\n",
              shape.name,
              milliseconds,
              flop / milliseconds * 1e-9,
              pairs / worked_pairs(schedules.host),
              error,
              std::chrono::duration<double, std::milli>(end - begin).count());
  std::fflush(stdout);
  if (!(error < 0.02)) throw std::runtime_error(std::string(shape.name) + ": wrong results");
}

}  // namespace
}  // namespace heddle::attention::cuda

int main(int argc, char** argv) {
  using namespace heddle::attention::cuda;
  try {
    const LoadedModule& module = loaded_module();
    if (!module.api) throw std::runtime_error(module.reason);
    std::printf("%s\n", module.device.c_str());
    for (const Case& shape : chosen_cases({argv + 1, argv + argc})) measure(*module.api, shape);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
