#include "attention/memory/held_rows.h"

#include "attention/memory/memory_tiers.h"

#include <algorithm>
#include <atomic>

namespace heddle::attention {
namespace {

std::array<std::atomic<std::int64_t>, 5> all_rows{};

/// Blocks of a long-term tier without a file that are read, or wait for the ring to let them go.
std::int64_t far_rows(const MemoryTiers& tiers) {
  const MemorySpec& spec = tiers.spec();
  if (searchable_blocks(spec) == 0 && spec.long_blocks == 0) return 0;
  if (spec.admission == Admission::kEveryNth) {
    const std::int64_t closed = std::max<std::int64_t>(0, tiers.closed_blocks() - spec.sink_blocks);
    return std::min(spec.long_blocks, closed / spec.every_nth) * spec.block;
  }
  return std::max<std::int64_t>(0, tiers.long_blocks_held().size()) * spec.block;
}

std::array<std::int64_t, 5> rows_of(const MemoryTiers& tiers) {
  const MemorySpec& spec = tiers.spec();
  const std::int64_t length = tiers.length();
  const std::int64_t far = far_rows(tiers);
  const bool external = spec.external.blocks > 0;
  std::int64_t compressed = 0;
  if (spec.compressed.blocks > 0) {
    const std::int64_t most = spec.compressed.blocks + spec.ring_blocks;
    compressed = std::min(tiers.closed_blocks(), most) * (spec.block / spec.compressed.ratio);
  }
  return {std::min(length, spec.sink_blocks * spec.block),
          length - tiers.first_ring_block() * spec.block,
          external ? 0 : far,
          compressed,
          external ? far : 0};
}

}  // namespace

TierRows held_rows() {
  std::array<std::int64_t, 5> now{};
  for (std::size_t i = 0; i < now.size(); ++i) now[i] = all_rows[i].load(std::memory_order_relaxed);
  return {now[0], now[1], now[2], now[3], now[4]};
}

HeldRows::~HeldRows() { become({}); }

void HeldRows::update(const MemoryTiers& tiers) { become(rows_of(tiers)); }

void HeldRows::become(const std::array<std::int64_t, 5>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == rows_[i]) continue;
    all_rows[i].fetch_add(rows[i] - rows_[i], std::memory_order_relaxed);
  }
  rows_ = rows;
}

}  // namespace heddle::attention
