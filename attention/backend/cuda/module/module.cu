// The module's one exported function, and attention behind it.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_call.h"
#include "attention/backend/cuda/module/kept_schedule.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/operation_table.h"
#include "attention/backend/cuda/module/queue.h"
#include "attention/backend/cuda/module/timing.h"

#include <algorithm>
#include <cstdio>

namespace heddle::attention::cuda {
namespace {

Problem problem_of(const AttentionCall& call) {
  const auto& kept = *static_cast<const KeptSchedule*>(call.schedule);
  if (call.queries[0].rows != kept.queries || call.queries[0].heads != kept.heads ||
      call.queries[0].strands != kept.strands) {
    throw std::runtime_error("cuda: the schedule is for " + std::to_string(kept.strands) +
                             " strands of " + std::to_string(kept.heads) + " heads of " +
                             std::to_string(kept.queries) + " queries, queries are " +
                             std::to_string(call.queries[0].strands) + " x " +
                             std::to_string(call.queries[0].heads) + " x " +
                             std::to_string(call.queries[0].rows) + "; schedule this shape");
  }
  Problem problem;
  problem.schedule = kept.schedule;
  std::copy_n(call.queries, kMaxQuerySets, problem.queries);
  std::copy_n(call.keys, kMaxSegments, problem.keys);
  std::copy_n(call.values, kMaxSegments, problem.values);
  std::copy_n(call.query_set, kMaxSegments, problem.query_set);
  problem.query_sets = call.query_sets;
  problem.segments = call.segments;
  problem.scale = call.scale;
  problem.results = {.out = call.out,
                     .log_sum_exp = call.log_sum_exp,
                     .log_sum_exp_stride = call.log_sum_exp_stride,
                     .log_sum_exp_row_stride = sum_row_stride(call.out),
                     .partial_out = kept.partial_out,
                     .partial_log_sum_exp = kept.partial_log_sum_exp,
                     .join = call.join};
  return problem;
}

Path path_of(const AttentionCall& call, const Problem& problem) {
  const bool hopper = hopper_fits(problem, device());
  const bool portable = portable_fits(problem, device());
  if (call.path == Path::kAuto) {
    return hopper ? Path::kHopper : portable ? Path::kPortable : Path::kSimple;
  }
  if ((call.path == Path::kHopper && !hopper) || (call.path == Path::kPortable && !portable)) {
    throw std::runtime_error("cuda: the path asked for cannot run these operands on this device");
  }
  return call.path;
}

void run(const GradientCall& call) { run_gradient(call); }

void run(const AttentionCall& call) {
  const Problem problem = problem_of(call);
  if (problem.schedule.item_count == 0) return;
  cudaStream_t stream = current_stream();
  switch (path_of(call, problem)) {
    case Path::kHopper:
      launch_hopper(problem, stream);
      break;
    case Path::kPortable:
      launch_portable(problem, stream);
      break;
    default:
      launch_simple(problem, stream);
  }
  launch_merge(problem, stream);
}

/// A copy from pageable memory may return before it has arrived, and queues do not wait for it.
void settle() { check(cudaStreamSynchronize(nullptr), "copies to the device"); }

bool describe(char* text, std::size_t size) {
  return guarded([&] {
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    if (driver == 0) throw std::runtime_error("no NVIDIA driver on this machine");
    int count = 0;
    const cudaError_t counted = cudaGetDeviceCount(&count);
    if (counted == cudaErrorNoDevice || (counted == cudaSuccess && count == 0)) {
      throw std::runtime_error("the NVIDIA driver shows no device");
    }
    check(counted, "cudaGetDeviceCount");
    const cudaDeviceProp& found = device();
    if (found.major < 8) {
      throw std::runtime_error(std::string(found.name) + " is older than compute capability 8.0");
    }
    std::snprintf(text,
                  size,
                  "%s, compute capability %d.%d, %zu MiB",
                  found.name,
                  found.major,
                  found.minor,
                  found.totalGlobalMem >> 20);
  });
}

const ModuleApi kApi = {
    .version = kModuleVersion,
    .error = [] { return last_error().c_str(); },
    .describe = describe,
    .allocate =
        [](std::size_t bytes, void** memory) {
          return guarded(
              [&] { check(cudaMalloc(memory, std::max<std::size_t>(bytes, 1)), "cudaMalloc"); });
        },
    .release = [](void* memory) { return guarded([&] { check(cudaFree(memory), "cudaFree"); }); },
    .to_device =
        [](void* to, const void* from, std::size_t bytes) {
          return guarded([&] {
            check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "cudaMemcpy to the device");
            settle();
          });
        },
    .to_host =
        [](void* to, const void* from, std::size_t bytes) {
          return guarded([&] {
            check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "cudaMemcpy to the host");
          });
        },
    .make_schedule =
        [](const TileSchedule& schedule, void** made) {
          return guarded([&] {
            *made = new KeptSchedule(schedule);
            settle();
          });
        },
    .free_schedule =
        [](void* schedule) {
          return guarded([&] { delete static_cast<KeptSchedule*>(schedule); });
        },
    .make_key_schedule =
        [](const KeySchedule& schedule, void** made) {
          return guarded([&] {
            *made = new KeptKeySchedule(schedule);
            settle();
          });
        },
    .free_key_schedule =
        [](void* schedule) {
          return guarded([&] { delete static_cast<KeptKeySchedule*>(schedule); });
        },
    .attention = [](const AttentionCall& call) { return guarded([&] { run(call); }); },
    .attention_gradient = [](const GradientCall& call) { return guarded([&] { run(call); }); },
    .synchronize =
        [] { return guarded([] { check(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }); },
    .time_attention =
        [](const AttentionCall& call, int repeats, int rounds, float* milliseconds) {
          return guarded([&] { *milliseconds = median_time([&] { run(call); }, repeats, rounds); });
        },
    .time_gradient =
        [](const GradientCall& call, int repeats, int rounds, float* milliseconds) {
          return guarded([&] { *milliseconds = median_time([&] { run(call); }, repeats, rounds); });
        },
    .operations = &operation_table(),
};

}  // namespace
}  // namespace heddle::attention::cuda

extern "C" __attribute__((visibility("default"))) const heddle::attention::cuda::ModuleApi*
heddle_cuda_module() {
  return &heddle::attention::cuda::kApi;
}
