// The module's one exported function and what stands behind it: exceptions become a false and a
// line of text, so that none crosses the boundary.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/lanes.h"
#include "attention/backend/cuda/module/launch.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace heddle::attention::cuda {
namespace {

thread_local std::string last_error;

template <class Work>
bool guarded(Work work) {
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    last_error = error.what();
    return false;
  }
}

const cudaDeviceProp& device() {
  static const cudaDeviceProp properties = [] {
    cudaDeviceProp found{};
    check(cudaGetDeviceProperties(&found, 0), "cudaGetDeviceProperties");
    return found;
  }();
  return properties;
}

/// Device memory that frees itself.
class Memory {
 public:
  explicit Memory(std::size_t bytes) {
    if (bytes > 0) check(cudaMalloc(&data_, bytes), "cudaMalloc");
  }
  ~Memory() { cudaFree(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
};

template <class T>
class Copied : public Memory {
 public:
  explicit Copied(const std::vector<T>& from) : Memory(from.size() * sizeof(T)) {
    if (from.empty()) return;
    check(cudaMemcpy(as<T>(), from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice),
          "cudaMemcpy of a tile schedule");
  }
  const T* get() const { return as<T>(); }
};

/// A tile schedule on the device, and the workspace of its split tiles for heads of up to 256.
struct KeptSchedule {
  Copied<Stage> stages;
  Copied<StageMask> masks;
  Copied<std::uint64_t> bits;
  Copied<Item> items;
  Copied<Item> lane_items;
  Copied<std::int64_t> lane_begin;
  Copied<Merge> merges;
  Memory partial_out;
  Memory partial_log_sum_exp;
  std::int32_t lanes;
  std::int64_t item_count, merge_count, queries;
  int heads;

  explicit KeptSchedule(const TileSchedule& from)
      : KeptSchedule(from, make_lanes(from.items, device().multiProcessorCount)) {}

 private:
  KeptSchedule(const TileSchedule& from, const Lanes& lane)
      : stages(from.stages),
        masks(from.masks),
        bits(from.bits),
        items(from.items),
        lane_items(lane.items),
        lane_begin(lane.begin),
        merges(from.merges),
        partial_out(static_cast<std::size_t>(from.partials) * kTileQueries * 256 * sizeof(float)),
        partial_log_sum_exp(static_cast<std::size_t>(from.partials) * kTileQueries * sizeof(float)),
        lanes(static_cast<std::int32_t>(lane.begin.size() - 1)),
        item_count(static_cast<std::int64_t>(from.items.size())),
        merge_count(static_cast<std::int64_t>(from.merges.size())),
        queries(from.queries),
        heads(from.heads) {}
};

Problem problem_of(const AttentionCall& call) {
  const auto& kept = *static_cast<const KeptSchedule*>(call.schedule);
  if (call.queries[0].rows != kept.queries || call.queries[0].heads != kept.heads) {
    throw std::runtime_error("cuda: the schedule is for " + std::to_string(kept.heads) +
                             " heads of " + std::to_string(kept.queries) +
                             " queries, queries are " + std::to_string(call.queries[0].heads) +
                             " x " + std::to_string(call.queries[0].rows) +
                             "; schedule this shape");
  }
  Problem problem;
  problem.schedule = {.stages = kept.stages.get(),
                      .masks = kept.masks.get(),
                      .bits = kept.bits.get(),
                      .items = kept.items.get(),
                      .lane_items = kept.lane_items.get(),
                      .lane_begin = kept.lane_begin.get(),
                      .merges = kept.merges.get(),
                      .lanes = kept.lanes,
                      .item_count = kept.item_count,
                      .merge_count = kept.merge_count,
                      .queries = kept.queries};
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
                     .partial_out = kept.partial_out.as<float>(),
                     .partial_log_sum_exp = kept.partial_log_sum_exp.as<float>()};
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

void run(const AttentionCall& call) {
  const Problem problem = problem_of(call);
  if (problem.schedule.item_count == 0) return;
  switch (path_of(call, problem)) {
    case Path::kHopper:
      launch_hopper(problem, nullptr);
      break;
    case Path::kPortable:
      launch_portable(problem, nullptr);
      break;
    default:
      launch_simple(problem, nullptr);
  }
  launch_merge(problem, nullptr);
}

struct Events {
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  Events() {
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
  }
  ~Events() {
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
  }
};

float median_time(const AttentionCall& call, int repeats, int rounds) {
  run(call);
  const Events events;
  std::vector<float> times;
  for (int round = 0; round < rounds; ++round) {
    check(cudaEventRecord(events.begin), "cudaEventRecord");
    for (int i = 0; i < repeats; ++i) run(call);
    check(cudaEventRecord(events.end), "cudaEventRecord");
    check(cudaEventSynchronize(events.end), "cudaEventSynchronize after attention");
    float time = 0;
    check(cudaEventElapsedTime(&time, events.begin, events.end), "cudaEventElapsedTime");
    times.push_back(time / static_cast<float>(repeats));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

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
    .error = [] { return last_error.c_str(); },
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
          return guarded([&] { *made = new KeptSchedule(schedule); });
        },
    .free_schedule =
        [](void* schedule) {
          return guarded([&] { delete static_cast<KeptSchedule*>(schedule); });
        },
    .attention = [](const AttentionCall& call) { return guarded([&] { run(call); }); },
    .synchronize =
        [] { return guarded([] { check(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }); },
    .time_attention =
        [](const AttentionCall& call, int repeats, int rounds, float* milliseconds) {
          return guarded([&] { *milliseconds = median_time(call, repeats, rounds); });
        },
};

}  // namespace
}  // namespace heddle::attention::cuda

extern "C" __attribute__((visibility("default"))) const heddle::attention::cuda::ModuleApi*
heddle_cuda_module() {
  return &heddle::attention::cuda::kApi;
}
