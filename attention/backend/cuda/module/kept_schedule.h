#pragma once
// Schedules as the module keeps them: in device memory, dealt out to this device's lanes, each with
// the workspace that its calls need. Calls that share one must not run at the same time.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/item_expansion.h"
#include "attention/backend/cuda/module/lanes.h"
#include "attention/backend/cuda/module/launch.h"
#include "attention/backend/cuda/module/packed_memory.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace heddle::attention::cuda {

/// The calling thread's current device, asked once each. Threads: any.
inline const cudaDeviceProp& device() {
  static std::mutex mutex;
  static std::map<int, cudaDeviceProp> known;  // never moves what it holds
  int current = 0;
  check(cudaGetDevice(&current), "cudaGetDevice");
  const std::scoped_lock lock(mutex);
  const auto at = known.find(current);
  if (at != known.end()) return at->second;
  cudaDeviceProp found{};
  check(cudaGetDeviceProperties(&found, current), "cudaGetDeviceProperties");
  return known.emplace(current, found).first->second;
}

/// Items and their lanes in a packed memory: what is sent, and the room where all are written out.
class KeptItems {
 public:
  void add(const ItemList& from, PackedMemory& memory) {
    const Lanes lanes = make_lanes(from, device().multiProcessorCount);
    parts_ = memory.add(from.parts);
    runs_ = memory.add(from.runs);
    order_ = memory.add(lanes.items);
    begin_ = memory.add(lanes.begin);
    merges_ = memory.add(from.merges);
    lanes_ = static_cast<std::int32_t>(lanes.begin.size() - 1);
    count_ = from.size();
    run_count_ = static_cast<std::int32_t>(from.runs.size());
    merge_count_ = static_cast<std::int64_t>(from.merges.size());
    sharing_ = from.sharing;
  }
  void add_room(PackedMemory& memory) {
    items_ = memory.add_room(static_cast<std::size_t>(count_) * sizeof(Item));
    lane_items_ = memory.add_room(static_cast<std::size_t>(count_) * sizeof(Item));
  }

  /// Writes the items out; `memory` is sent.
  void expand(const PackedMemory& memory) const {
    launch_expansion({.parts = memory.at<SharedItem>(parts_),
                      .runs = memory.at<ItemRun>(runs_),
                      .lane_order = memory.at<std::int32_t>(order_),
                      .count = count_,
                      .run_count = run_count_,
                      .sharing = sharing_},
                     memory.at<Item>(items_),
                     memory.at<Item>(lane_items_),
                     nullptr);
  }

  template <class Schedule>
  void give(const PackedMemory& memory, Schedule& schedule) const {
    schedule.items = memory.at<Item>(items_);
    schedule.lane_items = memory.at<Item>(lane_items_);
    schedule.lane_begin = memory.at<std::int64_t>(begin_);
    schedule.merges = memory.at<Merge>(merges_);
    schedule.lanes = lanes_;
    schedule.item_count = count_;
    schedule.merge_count = merge_count_;
  }

 private:
  std::size_t parts_ = 0, runs_ = 0, order_ = 0, begin_ = 0, merges_ = 0, items_ = 0,
              lane_items_ = 0;
  std::int32_t lanes_ = 0, run_count_ = 0;
  std::int64_t count_ = 0, merge_count_ = 0;
  Sharing sharing_;
};

/// Bytes of the results of split tiles, for heads of up to 256.
inline std::size_t partial_bytes(const ItemList& items) {
  return static_cast<std::size_t>(items.partials) * kTileQueries * 256 * sizeof(float);
}

/// A tile schedule on the device, and the workspace of its split tiles.
struct KeptSchedule {
  DeviceSchedule schedule;
  float* partial_out;
  float* partial_log_sum_exp;
  std::int64_t queries;
  int heads, strands;

  explicit KeptSchedule(const TileSchedule& from)
      : queries(from.queries), heads(from.heads), strands(from.strands) {
    KeptItems items;
    const std::size_t stages = memory_.add(from.stages);
    const std::size_t masks = memory_.add(from.masks);
    const std::size_t bits = memory_.add(from.bits);
    items.add(from.items, memory_);
    items.add_room(memory_);
    const std::size_t out = memory_.add_room(partial_bytes(from.items));
    const std::size_t sums = memory_.add_room(partial_bytes(from.items) / 256);
    memory_.send("a schedule's memory");
    schedule.stages = memory_.at<Stage>(stages);
    schedule.masks = memory_.at<StageMask>(masks);
    schedule.bits = memory_.at<std::uint64_t>(bits);
    schedule.queries = queries;
    items.give(memory_, schedule);
    partial_out = memory_.at<float>(out);
    partial_log_sum_exp = memory_.at<float>(sums);
    items.expand(memory_);
  }

 protected:
  /// Whose schedule is filled on the device, in memory of its own.
  KeptSchedule(std::int64_t of_queries, int of_heads, int of_strands)
      : partial_out(nullptr),
        partial_log_sum_exp(nullptr),
        queries(of_queries),
        heads(of_heads),
        strands(of_strands) {}

 private:
  PackedMemory memory_;
};

/// A key schedule, the row terms of its queries, and the workspace of its split tiles.
struct KeptKeySchedule {
  DeviceKeySchedule schedule;
  RowTerms* terms;
  float* partial_keys;
  float* partial_values;
  std::int64_t queries, first_row, padded_rows;
  int heads, kv_heads, strands;

  explicit KeptKeySchedule(const KeySchedule& from)
      : queries(from.queries),
        first_row(from.first_row),
        padded_rows((from.queries - from.first_row + kTileQueries - 1) / kTileQueries *
                    kTileQueries),
        heads(from.heads),
        kv_heads(from.kv_heads),
        strands(from.strands) {
    KeptItems items;
    const std::size_t stages = memory_.add(from.stages);
    const std::size_t masks = memory_.add(from.masks);
    const std::size_t bits = memory_.add(from.bits);
    items.add(from.items, memory_);
    items.add_room(memory_);
    const std::size_t terms_at = memory_.add_room(
        static_cast<std::size_t>(strands * heads * padded_rows) * sizeof(RowTerms));
    const std::size_t keys = memory_.add_room(partial_bytes(from.items));
    const std::size_t values = memory_.add_room(partial_bytes(from.items));
    memory_.send("a key schedule's memory");
    schedule.stages = memory_.at<QueryStage>(stages);
    schedule.masks = memory_.at<QueryMask>(masks);
    schedule.bits = memory_.at<std::uint64_t>(bits);
    items.give(memory_, schedule);
    terms = memory_.at<RowTerms>(terms_at);
    partial_keys = memory_.at<float>(keys);
    partial_values = memory_.at<float>(values);
    items.expand(memory_);
  }

 private:
  PackedMemory memory_;
};

}  // namespace heddle::attention::cuda
