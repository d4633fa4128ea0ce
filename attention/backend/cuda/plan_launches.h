#pragma once
// The launches of the attention kernel that a plan needs, its schedules on the device: one of its
// rows, one of all its strands where these are of equal lengths, else one a strand. Made once for a
// plan, used as often as wanted. Threads: as ModuleApi, one call at a time.

#include "attention/backend/cuda/device_tensor.h"
#include "attention/patterns/block_plan.h"

#include <memory>
#include <optional>
#include <vector>

namespace heddle::attention::cuda {

class PlanLaunches {
 public:
  /// `keys`: slots of segment 0. `windows`: so many samples that follow the plan each, seen as
  /// strands of the operands; of a plan of rows alone.
  PlanLaunches(
      const ModuleApi& api, const BlockPlan& plan, int heads, std::int64_t keys, int windows = 1);

  /// Enqueues all, where the calling thread's operations go. `call` is that of the whole plan, all
  /// but its schedule. Errors: std::runtime_error from the module.
  void enqueue(const AttentionCall& call) const;

 private:
  struct Launch {
    std::unique_ptr<const DeviceTileSchedule> schedule;
    std::int32_t strands = 0;  // 0: the plan's rows
    StrandRows queries;        // of the first of these strands
    StrandRows keys;
  };
  void add_strands(const BlockPlan& plan, int heads, std::int64_t keys);
  void add(const TileSchedule& schedule, std::int32_t strands, StrandRows queries, StrandRows keys);
  AttentionCall strand_call(const AttentionCall& whole, const Launch& launch) const;

  const ModuleApi* api_;
  std::int64_t stride_;
  std::int64_t queries_;
  std::vector<Launch> launches_;
  std::optional<DeviceMemory> sums_;  // (heads, queries) f32: strands join rows by them
};

}  // namespace heddle::attention::cuda
