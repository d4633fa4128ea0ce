#pragma once
// Blocks of keys chosen on the device (selection_api.h), owned: moba(block, top, queries=64) and
// quest(block, top, queries=64) whose plan and schedule never visit the host. All memory is made at
// construction, select() only enqueues. Threads: as SelectionApi. Errors: std::runtime_error from
// the module.
//
//   DeviceSelection chosen(api, {.heads = 8, .kv_heads = 8, .tokens = n, .dim = 128, .block = 512,
//                                .top = 9});
//   chosen.select(queries, keys);
//   call.schedule = chosen.schedule();  // an AttentionCall over the same operands

#include "attention/backend/cuda/selection_api.h"
#include "attention/patterns/block_plan.h"

namespace heddle::attention::cuda {

class DeviceSelection {
 public:
  DeviceSelection(const ModuleApi& api, const SelectionShape& shape);
  ~DeviceSelection();
  DeviceSelection(const DeviceSelection&) = delete;
  DeviceSelection& operator=(const DeviceSelection&) = delete;

  void select(const Operand& queries, const Operand& keys) const;
  /// By scores (heads, groups, blocks) in device memory.
  void select_by(const float* scores) const;
  const void* schedule() const { return rows_.schedule; }
  void* data() const { return data_; }

  /// Groups of 64 queries a head, and blocks that the last of them may choose.
  std::int64_t groups() const { return (shape_.tokens + 63) / 64; }
  std::int64_t blocks() const { return (groups() - 1) / (shape_.block / 64); }

  /// The plan of the last choice, and what the attention kernels walk; both wait for the device and
  /// are for tests.
  BlockPlan plan() const;
  TileSchedule tile_schedule() const;

 private:
  const ModuleApi* api_;
  SelectionShape shape_;
  void* data_ = nullptr;
  SelectedRows rows_;
};

}  // namespace heddle::attention::cuda
