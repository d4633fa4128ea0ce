#pragma once
// A workspace's memory on the device, the queue of its work, and what attention needs there beside
// its operands: schedules of plans and half-precision copies, made in the first run and kept. The
// first run does what it is told step by step, the second records it, later ones replay the record
// (a CUDA graph), so that a run costs one launch. Threads and errors: see backend/device.h.

#include "attention/backend/attention_op.h"
#include "attention/backend/cuda/plan_launches.h"
#include "attention/backend/device.h"

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

namespace heddle::attention::cuda {

/// Room for half-precision copies of a call's f32 operands.
class HalfRooms {
 public:
  explicit HalfRooms(const ModuleApi& api) : api_(&api) {}

  /// Packed room number `index` of this operand's shape, of fp16 or bf16.
  Operand room(std::size_t index, const Operand& like, Element element);

 private:
  const ModuleApi* api_;
  std::vector<DeviceMemory> rooms_;
  std::vector<std::size_t> bytes_;
};

/// One attention call's launches.
struct PlannedAttention {
  PlanLaunches launches;
  HalfRooms rooms;

  PlannedAttention(
      const ModuleApi& api, const BlockPlan& plan, int heads, std::int64_t keys, int windows = 1)
      : launches(api, plan, heads, keys, windows), rooms(api) {}
};

/// The schedules of one attention call's gradient.
struct PlannedGradient {
  DeviceTileSchedule rows;
  DeviceKeySchedule keys;
  HalfRooms rooms;

  PlannedGradient(const ModuleApi& api,
                  const AttentionGradientArgs& args,
                  int heads,
                  int windows = 1);
};

/// Rows in a register: where they begin, how many, of how many channels.
using RowsKey = std::tuple<const void*, std::int64_t, std::int64_t>;

class QueuedArena final : public DeviceArena {
 public:
  QueuedArena(const ModuleApi& api, std::size_t bytes, std::size_t mirrored);
  ~QueuedArena() override;
  QueuedArena(const QueuedArena&) = delete;
  QueuedArena& operator=(const QueuedArena&) = delete;

  void* data() const override { return memory_.data(); }
  void* host() const override { return host_; }
  void set_windows(std::int64_t windows, bool keeps) override {
    windows_ = windows;
    keeps_ = keeps;
  }
  void run(std::span<const DeviceCopy> in,
           const std::function<void()>& steps,
           std::span<const DeviceCopy> out) override;

  /// The arena whose steps the calling thread is in; null outside.
  static QueuedArena* current();
  /// Of the calling thread's arena; 1 outside.
  static std::int64_t current_windows();
  /// The plan must live as long as the arena is used with it. Equal shapes share: their calls
  /// follow one another.
  PlannedAttention& planned(const AttentionArgs& args, int heads);
  PlannedGradient& planned(const AttentionGradientArgs& args, int heads);
  /// Memory of one operation at a time, of which it may use two: what it holds is gone with the
  /// next operation that asks.
  void* scratch(std::size_t bytes, int which = 0);
  /// Room for what forward makes of these rows and backward asks for again; null where nothing is
  /// kept. And what lies there; null where nothing does.
  void* keep(const RowsKey& rows, std::size_t bytes);
  const void* kept(const RowsKey& rows) const;

 private:
  class Entered;
  /// The plan, heads, the extents of segment 0's keys, the values' width.
  using Key =
      std::tuple<const BlockPlan*, int, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

  void enqueue(std::span<const DeviceCopy> in,
               const std::function<void()>& steps,
               std::span<const DeviceCopy> out) const;
  void record(std::span<const DeviceCopy> in,
              const std::function<void()>& steps,
              std::span<const DeviceCopy> out);

  const ModuleApi* api_;
  DeviceMemory memory_;
  void* host_ = nullptr;
  void* queue_ = nullptr;
  std::int64_t windows_ = 1;
  bool keeps_ = false;
  std::map<RowsKey, DeviceMemory> kept_;
  bool warm_ = false;      // everything that a run makes is there
  bool recorded_ = false;  // the queue can replay
  std::map<Key, PlannedAttention> planned_;
  std::map<Key, PlannedGradient> planned_gradients_;
  std::optional<DeviceMemory> scratch_[2];
  std::size_t scratch_bytes_[2] = {};
};

}  // namespace heddle::attention::cuda
