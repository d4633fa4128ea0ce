// What the host does before a pattern runs on the GPU: the plan, the schedules of the forward
// kernels and of the gradient of keys and values, the dealing to lanes. Processor time on one
// thread, the best of several; and a hash of all bytes made, to compare versions. No GPU needed.
//   cuda_schedule_bench [case ...]

#include "attention/backend/cuda/key_schedule.h"
#include "attention/backend/cuda/module/lanes.h"
#include "attention/patterns/pattern.h"
#include "tests/bench/cuda_cases.h"

#include <tbb/global_control.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace heddle::attention::cuda {
namespace {

constexpr int kLanes = 132;

double now() {
  timespec at{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) * 1e-6;
}

/// Milliseconds of processor time, the best of at least five runs and 0.3 s.
template <class Work>
double best_of(const Work& work) {
  double best = 1e30;
  double sum = 0;
  for (int i = 0; i < 5 || (sum < 300 && i < 200); ++i) {
    const double begin = now();
    work();
    const double spent = now() - begin;
    best = std::min(best, spent);
    sum += spent;
  }
  return best;
}

/// FNV-1a of everything that was made.
class Hash {
 public:
  template <class T>
  void add(const std::vector<T>& from) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(from.data());
    for (std::size_t i = 0; i < from.size() * sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * kPrime;
  }
  unsigned long long value() const { return value_; }

 private:
  static constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t value_ = 0xcbf29ce484222325;
};

unsigned long long hash_of(const TileSchedule& made, const Lanes& lanes) {
  Hash hash;
  hash.add(made.stages);
  hash.add(made.masks);
  hash.add(made.bits);
  hash.add(made.items.parts);
  hash.add(made.items.merges);
  hash.add(lanes.items);
  hash.add(lanes.begin);
  return hash.value();
}

unsigned long long hash_of(const KeySchedule& made) {
  Hash hash;
  hash.add(made.stages);
  hash.add(made.masks);
  hash.add(made.bits);
  hash.add(made.items.parts);
  hash.add(made.items.merges);
  return hash.value();
}

void measure(const Case& shape) {
  const auto heads = static_cast<int>(shape.heads);
  const PlanShape planned{.queries = shape.tokens,
                          .keys = shape.tokens,
                          .query_block = shape.block,
                          .key_block = shape.block};
  const Pattern pattern = parse_pattern(shape.pattern);
  BlockPlan made;
  const double plan_time = best_of([&] { made = plan(pattern, planned); });
  const bool rows = made.strands.stride == 0 || !made.runs.empty();
  const BlockPlan& of = rows ? made : made.strands.plans[0];
  const int strands = rows ? 1 : static_cast<int>(made.strands.stride);
  TileSchedule schedule;
  const double tile_time = best_of([&] { schedule = make_tile_schedule(of, heads, strands); });
  Lanes lanes;
  const double lane_time = best_of([&] { lanes = make_lanes(schedule.items, kLanes); });
  const std::int64_t slots[] = {shape.tokens / strands};
  KeySchedule keys;
  const double key_time = best_of([&] {
    keys = make_key_schedule(of, {heads, heads, slots, strands});
  });
  std::printf(
      "%-24s plan %8.3f  tiles %8.3f  lanes %8.3f  key tiles %8.3f ms  %zu stages %zu items  "
      "%016llx %016llx\n",
      shape.name,
      plan_time,
      tile_time,
      lane_time,
      key_time,
      schedule.stages.size(),
      static_cast<std::size_t>(schedule.items.size()),
      hash_of(schedule, lanes),
      hash_of(keys));
  std::fflush(stdout);
}

}  // namespace
}  // namespace heddle::attention::cuda

int main(int argc, char** argv) {
  using namespace heddle::attention::cuda;
  try {
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    for (const Case& shape : chosen_cases({argv + 1, argv + argc})) measure(shape);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
