#include "attention/memory/memory_tiers.h"

#include "attention/memory/compression.h"

#include <algorithm>

namespace heddle::attention {

MemoryTiers::MemoryTiers(const MemorySpec& spec)
    : spec_(require_valid(spec)),
      sinks_(spec, spec.sink_blocks),
      ring_(spec, spec.ring_blocks),
      long_(spec, long_store_blocks(spec)),
      compressed_(compressed_spec(spec), compressed_store_blocks(spec)),
      open_(open_spec(spec), needs_open_block(spec) ? 1 : 0),
      external_(spec, spec.external.blocks > 0 ? far_blocks(spec) : 0),
      fast_(spec, spec.external.blocks > 0 ? far_blocks(spec) : 0),
      index_(spec.summary, summary_spec(spec)),
      tokens_(token_spec(spec), spec.memory_tokens),
      associations_(associative_spec(spec)),
      compressed_rows_(DType::kF32,
                       {spec.compressed.blocks > 0 ? spec.block / spec.compressed.ratio : 0,
                        spec.key_dim + spec.value_dim}),
      rotary_(spec.rotary_theta, spec.key_dim, spec.block),
      rotated_(static_cast<std::size_t>(spec.key_dim)) {}

std::int64_t MemoryTiers::first_ring_block() const {
  const std::int64_t open = length_ % spec_.block == 0 ? 0 : 1;
  return std::max<std::int64_t>(0, closed_blocks() + open - spec_.ring_blocks);
}

PositionRange MemoryTiers::long_blocks_held() const {
  const std::int64_t open = length_ % spec_.block == 0 ? 0 : 1;
  const std::int64_t oldest = closed_blocks() + open - far_blocks(spec_);
  return {std::max(spec_.sink_blocks, oldest), closed_blocks()};
}

std::int64_t MemoryTiers::ring_slot(std::int64_t position) const {
  return position % (spec_.ring_blocks * spec_.block);
}

std::int64_t MemoryTiers::far_slot(std::int64_t block) const { return block % far_blocks(spec_); }

std::int64_t MemoryTiers::long_slot(std::int64_t block) const {
  const std::int64_t slot = far_slot(block);
  return (spec_.external.blocks > 0 ? fast_.slot_of(slot) : slot) * spec_.block;
}

std::int64_t MemoryTiers::compressed_slot(std::int64_t block) const {
  return block % compressed_store_blocks(spec_) * (spec_.block / spec_.compressed.ratio);
}

void MemoryTiers::put(std::int64_t position, int head, const float* key, const float* value) {
  rotary_.rotate(position, key, rotated_.data());
  ring_.put(head, ring_slot(position), rotated_.data(), value);
  if (position / spec_.block < spec_.sink_blocks) {
    sinks_.put(head, position, key, value);
  } else if (spec_.admission == Admission::kLeavingRing) {
    put_far(position, head, key, value);
  }
}

void MemoryTiers::put_far(std::int64_t position, int head, const float* key, const float* value) {
  const std::int64_t offset = position % spec_.block;
  if (open_.slots() > 0) open_.put(head, offset, key, value);
  if (searchable_blocks(spec_) == 0) return;
  const std::int64_t slot = far_slot(position / spec_.block);
  if (spec_.external.blocks == 0) long_.put(head, slot * spec_.block + offset, key, value);
  if (spec_.top_k == 0) return;
  if (offset == 0 && head == 0) index_.clear(slot);
  index_.add(head, slot, key);
}

void MemoryTiers::close_block(std::int64_t block) {
  if (spec_.admission == Admission::kEveryNth) return copy_every_nth(block);
  if (block < spec_.sink_blocks) return;
  if (spec_.compressed.blocks > 0) compress_block(block);
  if (searchable_blocks(spec_) == 0 || open_.slots() == 0) return;
  const std::int64_t slot = far_slot(block);
  for (int head = 0; spec_.top_k > 0 && head < spec_.kv_heads; ++head) {
    index_.close(head, slot, open_.keys().at(0, head).as<float>());
  }
  if (spec_.external.blocks == 0) return;
  fast_.forget(slot);
  external_.put(slot, open_);
}

void MemoryTiers::copy_every_nth(std::int64_t block) {
  const std::int64_t appended = block - spec_.sink_blocks + 1;
  if (spec_.long_blocks == 0 || appended < 1 || appended % spec_.every_nth != 0) return;
  const std::int64_t slot = (appended / spec_.every_nth - 1) % spec_.long_blocks;
  ring_.copy_rows(ring_slot(block * spec_.block), spec_.block, long_, slot * spec_.block);
}

void MemoryTiers::compress_block(std::int64_t block) {
  const TensorView rows = compressed_rows_.view();
  const CompressionRows made{rows.slice(1, 0, spec_.key_dim),
                             rows.slice(1, spec_.key_dim, spec_.value_dim)};
  for (int head = 0; head < spec_.kv_heads; ++head) {
    compress(spec_.compressed, head, {open_.keys().at(0, head), open_.values().at(0, head)}, made);
    for (std::int64_t row = 0; row < rows.shape[0]; ++row) {
      compressed_.put(head,
                      compressed_slot(block) + row,
                      made.keys.at(0, row).as<float>(),
                      made.values.at(0, row).as<float>());
    }
  }
}

void MemoryTiers::recall(std::span<const std::int64_t> far_slots) {
  fast_.start_round();
  for (const std::int64_t slot : far_slots) fast_.keep(slot);
  for (const std::int64_t slot : far_slots) {
    if (fast_.slot_of(slot) >= 0) continue;
    const std::int64_t place = fast_.make_room(slot);
    try {
      external_.get(slot, long_, place * spec_.block);
    } catch (...) {
      fast_.forget(slot);
      throw;
    }
  }
}

void MemoryTiers::append(const TensorView& keys, const TensorView& values) {
  for (std::int64_t row = 0; row < keys.shape[1]; ++row) {
    for (int head = 0; head < spec_.kv_heads; ++head) {
      put(length_, head, row_of(keys, head, row), row_of(values, head, row));
    }
    ++length_;
    if (length_ % spec_.block == 0) close_block(length_ / spec_.block - 1);
  }
  if (spec_.associative) associations_.write(keys, values);
  expose_all();
}

void MemoryTiers::write_tokens(const TensorView& keys, const TensorView& values) {
  for (std::int64_t row = 0; row < spec_.memory_tokens; ++row) {
    for (int head = 0; head < spec_.kv_heads; ++head) {
      tokens_.put(head, row, row_of(keys, head, row), row_of(values, head, row));
    }
  }
  has_tokens_ = true;
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

void MemoryTiers::reset() {
  has_tokens_ = false;
  associations_.reset();
  set_length(0);
}

void MemoryTiers::set_length(std::int64_t length) {
  length_ = length;
  fast_.clear();
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
  const std::int64_t far = ring - spec_.compressed.blocks;
  PositionRange entries{std::max(spec_.sink_blocks, far - spec_.long_blocks), far};
  if (spec_.admission == Admission::kEveryNth) {
    const std::int64_t admitted =
        std::max<std::int64_t>(0, closed - spec_.sink_blocks) / spec_.every_nth;
    entries = {std::max<std::int64_t>(0, admitted - spec_.long_blocks), admitted};
  }
  if (spec_.long_blocks == 0 || spec_.external.blocks > 0) entries = {};
  expose(exposed_[2], long_, entries, 1);
}

std::span<const KeySegment> MemoryTiers::segments(RollingMemory::Tier tier) const {
  const Exposed& exposed = exposed_.at(static_cast<std::size_t>(tier));
  return {exposed.parts.data(), exposed.count};
}

std::vector<TensorView> MemoryTiers::tensors() const {
  std::vector<TensorView> all{sinks_.keys(), sinks_.values(), ring_.keys(), ring_.values()};
  // The fast tier holds nothing that the external one does not.
  if (spec_.external.blocks == 0) all.insert(all.end(), {long_.keys(), long_.values()});
  for (const BlockStore* store : {&compressed_, &open_, &tokens_}) {
    all.insert(all.end(), {store->keys(), store->values()});
  }
  for (const TensorView& tensor : external_.tensors()) all.push_back(tensor);
  for (const TensorView& tensor : index_.tensors()) all.push_back(tensor);
  for (const TensorView& tensor : associations_.tensors()) all.push_back(tensor);
  return all;
}

}  // namespace heddle::attention
