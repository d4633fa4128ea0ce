#pragma once
// Keys and values of a tier: `blocks` slots of spec.block rows each, one storage dtype, allocated
// once. Which block lies in which slot is the owner's business. Not thread-safe.
// Units: slots are rows. Errors: std::invalid_argument for a storage that is no float.

#include "attention/memory/rolling_memory.h"

namespace heddle::attention {

/// Rounds n floats to f32, bf16 or f16.
void store_floats(const float* from, std::int64_t n, DType dtype, void* to);

class BlockStore {
 public:
  BlockStore(const MemorySpec& spec, std::int64_t blocks);
  static std::size_t bytes(const MemorySpec& spec, std::int64_t blocks);

  /// Writes one key and one value of a head at `slot`, counted in rows.
  void put(int head, std::int64_t slot, const float* key, const float* value);
  /// Copies `count` rows of every head, bit for bit, to another store of the same spec.
  void copy_rows(std::int64_t slot, std::int64_t count, BlockStore& to, std::int64_t to_slot) const;

  const TensorView& keys() const { return keys_.view(); }  // (kv_heads, blocks * block, key_dim)
  const TensorView& values() const { return values_.view(); }  // (..., value_dim)
  std::int64_t slots() const { return keys().shape[1]; }
  /// Rows [first, first + count) as a segment.
  KeySegment segment(std::int64_t first, std::int64_t count, int query_set) const;

 private:
  Tensor keys_;
  Tensor values_;
};

}  // namespace heddle::attention
