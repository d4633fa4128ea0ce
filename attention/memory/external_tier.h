#pragma once
// Blocks of unrotated keys and values in int8 or bf16, slot by slot: the first heap_blocks slots in
// memory, the others in a mapped file without a name (it vanishes with the process). Every slot
// carries a checksum, so that a block which was damaged on its way is an error and never a wrong
// answer. The file's space is taken at construction: a full disk is an error then, not a crash
// later; pages leave the process again after each use. A thread pages in what will be read next.
//
// A slot: CRC-32, then for each head the scales of keys and of values, keys (block, key_dim),
// values (block, value_dim). int8: x ~ scale * n, scale = max|x| / 127; a block with a number that
// is not finite comes back as NaN.
//
// Threads: one caller at a time; prefetch() returns at once. Allocates at construction only.
// Errors: std::runtime_error.

#include "attention/memory/block_store.h"
#include "attention/memory/mapped_blocks.h"
#include "attention/memory/page_toucher.h"

#include <array>
#include <vector>

namespace heddle::attention {

class ExternalTier {
 public:
  /// `slots` blocks; 0: nothing is allocated.
  ExternalTier(const MemorySpec& spec, std::int64_t slots);

  static std::size_t heap_bytes(const MemorySpec& spec, std::int64_t slots);
  static std::size_t mapped_bytes(const MemorySpec& spec, std::int64_t slots);

  /// Writes the block that `open` (f32, one block) holds.
  void put(std::int64_t slot, const BlockStore& open);
  /// Reads a block into rows [row, row + block) of `to`. Throws when it is damaged.
  void get(std::int64_t slot, BlockStore& to, std::int64_t row);
  /// Has these slots paged in, at most spec.long_blocks of them; nothing is put until wait().
  void prefetch(std::span<const std::int64_t> slots);
  void wait();

  /// The slots in memory and those in the file, u8: for snapshots.
  std::array<TensorView, 2> tensors() const;

 private:
  std::byte* slot_at(std::int64_t slot) const;
  bool mapped(std::int64_t slot) const { return slot >= heap_slots_; }

  MemorySpec spec_;
  std::int64_t slots_;
  std::int64_t heap_slots_;
  std::size_t slot_bytes_;
  Tensor heap_;  // u8
  MappedBlocks file_;
  std::vector<float> decoded_;
  std::vector<std::int64_t> wanted_;  // by toucher_
  PageToucher toucher_;               // last: its thread ends first
};

}  // namespace heddle::attention
