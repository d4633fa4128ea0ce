#pragma once
// One call of the back end that an attend() made, kept so that it can be differentiated after the
// memory has rolled on: its plan, its queries, and a copy of the keys and values that the plan
// reads and no others. Threads: const after construction.
// Errors: none; the call was checked before.

#include "attention/backend/backend.h"
#include "attention/memory/memory_planner.h"

#include <array>
#include <vector>

namespace heddle::attention {

class AttendRecord {
 public:
  explicit AttendRecord(const AttentionArgs& call);

  std::int64_t first() const { return plan_.first_query; }
  std::int64_t queries() const { return plan_.queries; }

  struct Rows {
    MemorySegment tier;
    std::vector<std::int64_t> positions;  // of each row, as the plan counts them
    Tensor keys;                          // (kv_heads, rows, key_dim), in the tier's storage
    Tensor values;
    int query_set = 0;
  };
  std::span<const Rows> segments() const { return segments_; }

  struct Forward {
    TensorView out;           // (heads, queries, value_dim)
    TensorView log_sum_exp;   // (heads, queries)
    TensorView out_gradient;  // (heads, queries, value_dim)
  };
  struct Gradient {
    std::array<Tensor, 2> queries;                // turned and not, f32
    std::vector<std::array<Tensor, 2>> segments;  // keys and values of each, f32
  };
  Gradient differentiate(const Backend& backend, const Forward& forward) const;

 private:
  void copy_segment(const AttentionArgs& call, std::int32_t segment);

  BlockPlan plan_;
  std::array<Tensor, 2> queries_;
  std::vector<Rows> segments_;
  float scale_;
};

}  // namespace heddle::attention
