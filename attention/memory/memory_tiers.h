#pragma once
// The tiers of a RollingMemory and how positions enter them. Block K = position / block.
//   sinks  block K in slot K, for K < sink_blocks; keys unrotated
//   ring   block K in slot K % ring_blocks; keys rotated at their positions
//   long   leaving-ring: block K in slot K % (ring_blocks + long_blocks), written beside the ring
//          as it fills (the ring's keys are rotated, and rounding cannot be undone), read only once
//          the ring has dropped it; keys unrotated
//          every-nth: block sink_blocks - 1 + j * every_nth (j = 1, 2 ...) in slot
//          (j - 1) % long_blocks, copied from the ring when it closes
// Every write is a function of the position, its key and its value. Not thread-safe.

#include "attention/memory/block_store.h"
#include "attention/memory/rolling_memory.h"
#include "attention/memory/rotary_table.h"
#include "attention/patterns/pattern_node.h"
#include "attention/selectors/block_summaries.h"

#include <array>
#include <vector>

namespace heddle::attention {

/// Throws std::invalid_argument naming the field and its bounds.
void require_valid(const MemorySpec& spec);
std::int64_t long_store_blocks(const MemorySpec& spec);
SummarySpec summary_spec(const MemorySpec& spec);

class MemoryTiers {
 public:
  explicit MemoryTiers(const MemorySpec& spec);

  const MemorySpec& spec() const { return spec_; }
  std::int64_t length() const { return length_; }
  void append(const TensorView& keys, const TensorView& values);
  /// Writes live positions that belong to sink blocks and are not appended yet, as append() will:
  /// a later query of the same chunk reads them position-free.
  void preview_sinks(const TensorView& keys, const TensorView& values, std::int64_t first);
  void set_length(std::int64_t length);  // reset and restore; the tensors are the caller's business

  std::int64_t closed_blocks() const { return length_ / spec_.block; }
  std::int64_t first_ring_block() const;  // the oldest that the ring still holds
  /// Blocks of the long store that are whole, whether or not the ring still speaks for them.
  PositionRange long_blocks_held() const;
  std::int64_t ring_slot(std::int64_t position) const;
  std::int64_t long_slot(std::int64_t block) const;  // leaving-ring; row where the block begins

  const BlockStore& sinks() const { return sinks_; }
  const BlockStore& ring() const { return ring_; }
  const BlockStore& far() const { return long_; }
  const BlockSummaries& summaries() const { return summaries_; }
  RotaryTable& rotary() { return rotary_; }
  std::span<const KeySegment> segments(RollingMemory::Tier tier) const;
  /// Everything a snapshot holds beside the length.
  std::array<TensorView, 7> tensors() const;

 private:
  struct Exposed {
    std::array<KeySegment, 2> parts;
    std::size_t count = 0;
  };
  void put(std::int64_t position, int head, const float* key, const float* value);
  void close_block(std::int64_t block);
  void expose_all();
  void expose(Exposed& tier, const BlockStore& store, PositionRange entries, int query_set);

  MemorySpec spec_;
  std::int64_t length_ = 0;
  BlockStore sinks_;
  BlockStore ring_;
  BlockStore long_;
  BlockSummaries summaries_;
  RotaryTable rotary_;
  std::vector<float> rotated_;  // (key_dim)
  std::array<Exposed, 3> exposed_;
};

/// Row `row` of head `head` of an f32 view (heads, rows, dim).
inline const float* row_of(const TensorView& view, int head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

}  // namespace heddle::attention
