#pragma once
// The tiers of a RollingMemory and how positions enter them. Block K = position / block.
//   sinks  block K in slot K, for K < sink_blocks; keys unrotated
//   ring   block K in slot K % ring_blocks; keys rotated at their positions
//   long   leaving-ring: block K in slot K % far_blocks, written beside the ring as it fills (the
//          ring's keys are rotated, and rounding cannot be undone), read only once the ring and the
//          compressed tier have dropped it; keys unrotated
//          every-nth: block sink_blocks - 1 + j * every_nth (j = 1, 2 ...) in slot
//          (j - 1) % long_blocks, copied from the ring when it closes
//   external  block K in slot K % far_blocks, encoded when it closes; the long store is then the
//          fast tier, into which recall() brings blocks
//   compressed  block K in slot K % (ring_blocks + compressed.blocks), made when it closes
// What needs a whole block unrotated waits for it in `open`.
// Every write is a function of the position, its key and its value. Not thread-safe.

#include "attention/memory/associative_state.h"
#include "attention/memory/block_store.h"
#include "attention/memory/external_tier.h"
#include "attention/memory/fast_tier.h"
#include "attention/memory/rolling_memory.h"
#include "attention/memory/rotary_table.h"
#include "attention/patterns/pattern_node.h"
#include "attention/selectors/block_index.h"

#include <array>
#include <vector>

namespace heddle::attention {

/// The spec itself. Throws std::invalid_argument naming the field and its bounds.
const MemorySpec& require_valid(const MemorySpec& spec);
/// Throws std::invalid_argument where a position with so many query heads may choose more blocks of
/// an external tier than the fast tier holds: attend() would throw when it does. A spec knows its
/// key heads alone, so require_valid() asks for as many.
void require_fast_tier(const MemorySpec& spec, std::int64_t heads);
/// Blocks behind the ring and the compressed tier that a query may choose from.
std::int64_t searchable_blocks(const MemorySpec& spec);
/// Blocks that the far tier keeps: those too that the ring and the compressed tier still speak for.
std::int64_t far_blocks(const MemorySpec& spec);
std::int64_t long_store_blocks(const MemorySpec& spec);
std::int64_t compressed_store_blocks(const MemorySpec& spec);
SummarySpec summary_spec(const MemorySpec& spec);
AssociativeSpec associative_spec(const MemorySpec& spec);
MemorySpec token_spec(const MemorySpec& spec);
/// Whether whole blocks are needed unrotated when they close.
bool needs_open_block(const MemorySpec& spec);
/// The spec of the compressed tier's store: a block of it is what a block becomes.
MemorySpec compressed_spec(const MemorySpec& spec);
MemorySpec open_spec(const MemorySpec& spec);

class MemoryTiers {
 public:
  explicit MemoryTiers(const MemorySpec& spec);

  const MemorySpec& spec() const { return spec_; }
  std::int64_t length() const { return length_; }
  void append(const TensorView& keys, const TensorView& values);
  /// Writes live positions that belong to sink blocks and are not appended yet, as append() will:
  /// a later query of the same chunk reads them position-free.
  void preview_sinks(const TensorView& keys, const TensorView& values, std::int64_t first);
  void reset();
  void set_length(std::int64_t length);  // restore; the tensors are the caller's business

  std::int64_t closed_blocks() const { return length_ / spec_.block; }
  std::int64_t first_ring_block() const;  // the oldest that the ring still holds
  /// Blocks of the far tier that are whole, whether or not the ring still speaks for them.
  PositionRange long_blocks_held() const;
  std::int64_t ring_slot(std::int64_t position) const;
  /// Leaving-ring: row of the long store where the block begins. With an external tier: where
  /// recall() put it.
  std::int64_t long_slot(std::int64_t block) const;
  std::int64_t far_slot(std::int64_t block) const;         // of summaries and external slots
  std::int64_t compressed_slot(std::int64_t block) const;  // row where its keys begin

  void write_tokens(const TensorView& keys, const TensorView& values);
  bool has_tokens() const { return has_tokens_; }
  void set_has_tokens(bool has) { has_tokens_ = has; }
  const BlockStore& tokens() const { return tokens_; }
  AssociativeState& associations() { return associations_; }

  /// Brings blocks (far slots, each once, at most long_blocks) into the long store; what lies there
  /// already stays. Throws where the external tier is damaged.
  void recall(std::span<const std::int64_t> far_slots);
  FastTier& fast() { return fast_; }
  ExternalTier& external() { return external_; }

  const BlockStore& sinks() const { return sinks_; }
  const BlockStore& ring() const { return ring_; }
  const BlockStore& far() const { return long_; }
  const BlockStore& compressed() const { return compressed_; }
  const BlockIndex& index() const { return index_; }
  RotaryTable& rotary() { return rotary_; }
  std::span<const KeySegment> segments(RollingMemory::Tier tier) const;
  /// Everything a snapshot holds beside the length.
  std::vector<TensorView> tensors() const;

 private:
  struct Exposed {
    std::array<KeySegment, 2> parts;
    std::size_t count = 0;
  };
  void put(std::int64_t position, int head, const float* key, const float* value);
  void put_far(std::int64_t position, int head, const float* key, const float* value);
  void close_block(std::int64_t block);
  void copy_every_nth(std::int64_t block);
  void compress_block(std::int64_t block);
  void expose_all();
  void expose(Exposed& tier, const BlockStore& store, PositionRange entries, int query_set);

  MemorySpec spec_;
  std::int64_t length_ = 0;
  BlockStore sinks_;
  BlockStore ring_;
  BlockStore long_;
  BlockStore compressed_;
  BlockStore open_;  // f32, unrotated: the block that fills
  ExternalTier external_;
  FastTier fast_;
  BlockIndex index_;
  BlockStore tokens_;
  bool has_tokens_ = false;
  AssociativeState associations_;
  Tensor compressed_rows_;  // one head's, f32, before they are rounded
  RotaryTable rotary_;
  std::vector<float> rotated_;  // (key_dim)
  std::array<Exposed, 3> exposed_;
};

/// Row `row` of head `head` of an f32 view (heads, rows, dim).
inline const float* row_of(const TensorView& view, int head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

}  // namespace heddle::attention
