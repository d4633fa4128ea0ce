#pragma once
// Schedules as the module keeps them: in device memory, dealt out to this device's lanes, each with
// the workspace that its calls need. Calls that share one must not run at the same time.

#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/lanes.h"
#include "attention/backend/cuda/module/launch.h"

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
          "cudaMemcpy of a schedule");
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
  int heads, strands;

  explicit KeptSchedule(const TileSchedule& from)
      : KeptSchedule(from, make_lanes(from.items, device().multiProcessorCount)) {}

  DeviceSchedule on_device() const {
    return {.stages = stages.get(),
            .masks = masks.get(),
            .bits = bits.get(),
            .items = items.get(),
            .lane_items = lane_items.get(),
            .lane_begin = lane_begin.get(),
            .merges = merges.get(),
            .lanes = lanes,
            .item_count = item_count,
            .merge_count = merge_count,
            .queries = queries};
  }

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
        heads(from.heads),
        strands(from.strands) {}
};

/// A key schedule, the row terms of its queries, and the workspace of its split tiles.
struct KeptKeySchedule {
  Copied<QueryStage> stages;
  Copied<QueryMask> masks;
  Copied<std::uint64_t> bits;
  Copied<Item> items;
  Copied<Item> lane_items;
  Copied<std::int64_t> lane_begin;
  Copied<Merge> merges;
  Memory terms;
  Memory partial_keys;
  Memory partial_values;
  std::int32_t lanes;
  std::int64_t item_count, merge_count, queries, first_row, padded_rows;
  int heads, kv_heads, strands;

  explicit KeptKeySchedule(const KeySchedule& from)
      : KeptKeySchedule(from, make_lanes(from.items, device().multiProcessorCount)) {}

 private:
  static std::int64_t rows_of(const KeySchedule& from) {
    return (from.queries - from.first_row + kTileQueries - 1) / kTileQueries * kTileQueries;
  }
  static std::size_t partial_bytes(const KeySchedule& from) {
    return static_cast<std::size_t>(from.partials) * kTileQueries * 256 * sizeof(float);
  }

  KeptKeySchedule(const KeySchedule& from, const Lanes& lane)
      : stages(from.stages),
        masks(from.masks),
        bits(from.bits),
        items(from.items),
        lane_items(lane.items),
        lane_begin(lane.begin),
        merges(from.merges),
        terms(static_cast<std::size_t>(from.strands * from.heads * rows_of(from)) *
              sizeof(RowTerms)),
        partial_keys(partial_bytes(from)),
        partial_values(partial_bytes(from)),
        lanes(static_cast<std::int32_t>(lane.begin.size() - 1)),
        item_count(static_cast<std::int64_t>(from.items.size())),
        merge_count(static_cast<std::int64_t>(from.merges.size())),
        queries(from.queries),
        first_row(from.first_row),
        padded_rows(rows_of(from)),
        heads(from.heads),
        kv_heads(from.kv_heads),
        strands(from.strands) {}
};

}  // namespace heddle::attention::cuda
