#include "attention/memory/memory_tiers.h"

#include <algorithm>

namespace heddle::attention {

MemoryTiers::MemoryTiers(const MemorySpec& spec)
    : spec_((require_valid(spec), spec)),
      sinks_(spec, spec.sink_blocks),
      ring_(spec, spec.ring_blocks),
      long_(spec, long_store_blocks(spec)),
      summaries_(summary_spec(spec)),
      rotary_(spec.rotary_theta, spec.key_dim, spec.block),
      rotated_(static_cast<std::size_t>(spec.key_dim)) {}

std::int64_t MemoryTiers::first_ring_block() const {
  const std::int64_t open = length_ % spec_.block == 0 ? 0 : 1;
  return std::max<std::int64_t>(0, closed_blocks() + open - spec_.ring_blocks);
}

PositionRange MemoryTiers::long_blocks_held() const {
  const std::int64_t open = length_ % spec_.block == 0 ? 0 : 1;
  const std::int64_t oldest = closed_blocks() + open - long_store_blocks(spec_);
  return {std::max(spec_.sink_blocks, oldest), closed_blocks()};
}

std::int64_t MemoryTiers::ring_slot(std::int64_t position) const {
  return position % (spec_.ring_blocks * spec_.block);
}

std::int64_t MemoryTiers::long_slot(std::int64_t block) const {
  return block % long_store_blocks(spec_) * spec_.block;
}

void MemoryTiers::put(std::int64_t position, int head, const float* key, const float* value) {
  const std::int64_t block = position / spec_.block;
  const std::int64_t offset = position % spec_.block;
  rotary_.rotate(position, key, rotated_.data());
  ring_.put(head, ring_slot(position), rotated_.data(), value);
  if (block < spec_.sink_blocks) {
    sinks_.put(head, position, key, value);
  } else if (spec_.admission == Admission::kLeavingRing && spec_.long_blocks > 0) {
    long_.put(head, long_slot(block) + offset, key, value);
    if (spec_.top_k == 0) return;
    const std::int64_t slot = long_slot(block) / spec_.block;
    if (offset == 0 && head == 0) summaries_.clear(slot);
    summaries_.add(head, slot, key);
  }
}

void MemoryTiers::close_block(std::int64_t block) {
  const std::int64_t appended = block - spec_.sink_blocks + 1;
  if (spec_.admission != Admission::kEveryNth || spec_.long_blocks == 0 || appended < 1 ||
      appended % spec_.every_nth != 0) {
    return;
  }
  const std::int64_t slot = (appended / spec_.every_nth - 1) % spec_.long_blocks;
  ring_.copy_rows(ring_slot(block * spec_.block), spec_.block, long_, slot * spec_.block);
}

void MemoryTiers::append(const TensorView& keys, const TensorView& values) {
  for (std::int64_t row = 0; row < keys.shape[1]; ++row) {
    for (int head = 0; head < spec_.kv_heads; ++head) {
      put(length_, head, row_of(keys, head, row), row_of(values, head, row));
    }
    ++length_;
    if (length_ % spec_.block == 0) close_block(length_ / spec_.block - 1);
  }
  expose_all();
}

void MemoryTiers::preview_sinks(const TensorView& keys,
                                const TensorView& values,
                                std::int64_t first) {
  const PositionRange wanted =
      overlap({first, first + keys.shape[1]}, {length_, spec_.sink_blocks * spec_.block});
  for (std::int64_t position = wanted.begin; position < wanted.end; ++position) {
    for (int head = 0; head < spec_.kv_heads; ++head) {
      const std::int64_t row = position - first;
      sinks_.put(head, position, row_of(keys, head, row), row_of(values, head, row));
    }
  }
}

void MemoryTiers::set_length(std::int64_t length) {
  length_ = length;
  expose_all();
}

/// Entries are block numbers of a tier whose slot is the number modulo the store's blocks.
void MemoryTiers::expose(Exposed& tier,
                         const BlockStore& store,
                         PositionRange entries,
                         int query_set) {
  tier.count = 0;
  for (std::int64_t entry = entries.begin; entry < entries.end;) {
    const std::int64_t blocks = store.slots() / spec_.block;
    const std::int64_t slot = entry % blocks;
    const std::int64_t count = std::min(entries.end - entry, blocks - slot);
    tier.parts[tier.count++] = store.segment(slot * spec_.block, count * spec_.block, query_set);
    entry += count;
  }
}

void MemoryTiers::expose_all() {
  const std::int64_t closed = closed_blocks();
  const std::int64_t sinks = std::min(spec_.sink_blocks, closed);
  const std::int64_t ring = first_ring_block();
  expose(exposed_[0], sinks_, {0, sinks}, 1);
  expose(exposed_[1], ring_, {std::max(spec_.sink_blocks, ring), closed}, 0);
  PositionRange entries{std::max(spec_.sink_blocks, ring - spec_.long_blocks), ring};
  if (spec_.admission == Admission::kEveryNth) {
    const std::int64_t admitted =
        std::max<std::int64_t>(0, closed - spec_.sink_blocks) / spec_.every_nth;
    entries = {std::max<std::int64_t>(0, admitted - spec_.long_blocks), admitted};
  }
  if (spec_.long_blocks == 0) entries = {};
  expose(exposed_[2], long_, entries, 1);
}

std::span<const KeySegment> MemoryTiers::segments(RollingMemory::Tier tier) const {
  const Exposed& exposed = exposed_.at(static_cast<std::size_t>(tier));
  return {exposed.parts.data(), exposed.count};
}

std::array<TensorView, 7> MemoryTiers::tensors() const {
  return {sinks_.keys(),
          sinks_.values(),
          ring_.keys(),
          ring_.values(),
          long_.keys(),
          long_.values(),
          summaries_.sums()};
}

}  // namespace heddle::attention
