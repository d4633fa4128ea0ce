#include "attention/memory/compression.h"
#include "attention/memory/memory_tiers.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kMaxBytes = std::int64_t{1} << 46;  // 64 TiB: no machine holds more

void require(bool held, const std::string& what) {
  if (!held) throw std::invalid_argument("memory: " + what);
}

void require_between(const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
  require(low <= value && value <= high,
          std::string(name) + " must lie in [" + std::to_string(low) + ", " + std::to_string(high) +
              "], got " + std::to_string(value));
}

/// Behind the ring: compressed, external, and how blocks are found.
void require_far_tiers(const MemorySpec& spec) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  require_between("compressed.blocks", spec.compressed.blocks, 0, kMost);
  require_between("external.blocks", spec.external.blocks, 0, kMost);
  require_between("external.heap_blocks", spec.external.heap_blocks, 0, kMost);
  require_compression(spec);
  const bool leaving = spec.admission == Admission::kLeavingRing;
  require(leaving || (spec.compressed.blocks == 0 && spec.external.blocks == 0),
          "every-nth admission has no compressed and no external tier");
  if (spec.external.blocks == 0) return;
  require(spec.top_k > 0, "an external tier is read through summaries: top_k must be at least 1");
  require_fast_tier(spec, spec.kv_heads);
}

std::size_t bytes_of(const MemorySpec& spec) {
  const std::int64_t entries = spec.external.blocks > 0 ? far_blocks(spec) : 0;
  return BlockStore::bytes(spec, spec.sink_blocks + spec.ring_blocks + long_store_blocks(spec)) +
         BlockStore::bytes(compressed_spec(spec), compressed_store_blocks(spec)) +
         BlockStore::bytes(open_spec(spec), needs_open_block(spec) ? 1 : 0) +
         ExternalTier::heap_bytes(spec, entries) + FastTier::bytes(spec, entries) +
         BlockStore::bytes(token_spec(spec), spec.memory_tokens) +
         AssociativeState::bytes(associative_spec(spec)) +
         BlockIndex::bytes(spec.summary, summary_spec(spec));
}

void require_budget(const MemorySpec& spec) {
  if (spec.budget == 0) return;
  const std::size_t bytes = bytes_of(spec);
  require(bytes <= spec.budget,
          "it would hold " + std::to_string(bytes) + " bytes, the budget is " +
              std::to_string(spec.budget) +
              "; use fewer blocks, narrower storage, or fewer external.heap_blocks");
}

}  // namespace

void require_fast_tier(const MemorySpec& spec, std::int64_t heads) {
  if (spec.external.blocks == 0) return;
  const std::int64_t needed = std::min(heads * spec.top_k, far_blocks(spec));
  require(spec.long_blocks >= needed,
          "the fast tier (long_blocks) holds " + std::to_string(spec.long_blocks) +
              " blocks, one position chooses top_k = " + std::to_string(spec.top_k) +
              " for each of " + std::to_string(heads) + " heads; use long_blocks of at least " +
              std::to_string(needed));
}

const MemorySpec& require_valid(const MemorySpec& spec) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  require_between("kv_heads", spec.kv_heads, 1, 1 << 16);
  require_between("key_dim", spec.key_dim, 1, 1 << 16);
  require_between("value_dim", spec.value_dim, 1, 1 << 16);
  require_between("block", spec.block, 1, 1 << 20);
  require_between("sink_blocks", spec.sink_blocks, 0, kMost);
  require_between("ring_blocks", spec.ring_blocks, 1, kMost);
  require_between("long_blocks", spec.long_blocks, 0, kMost);
  require_between("top_k", spec.top_k, 0, kMost);
  require_between("every_nth", spec.every_nth, 1, kMost);
  require(
      spec.storage == DType::kF32 || spec.storage == DType::kBF16 || spec.storage == DType::kF16,
      "storage must be f32, bf16 or f16, not " + std::string(name_of(spec.storage)));
  require(std::isfinite(spec.rotary_theta) && spec.rotary_theta >= 0,
          "rotary_theta must be 0 (no rotary positions) or positive and finite");
  require(spec.rotary_theta == 0 || spec.key_dim % 2 == 0,
          "rotary positions turn pairs: key_dim must be even, got " + std::to_string(spec.key_dim));
  require(spec.admission == Admission::kLeavingRing || spec.admission == Admission::kEveryNth,
          "admission must be kLeavingRing or kEveryNth");
  require(spec.admission == Admission::kLeavingRing || spec.rotary_theta == 0,
          "every-nth admission copies ring keys as they lie: rotary_theta must be 0");
  require_far_tiers(spec);
  require_between("memory_tokens", spec.memory_tokens, 0, std::gcd(spec.block, std::int64_t{64}));
  const std::int64_t blocks = spec.sink_blocks + 2 * spec.ring_blocks + spec.long_blocks +
                              2 * spec.compressed.blocks + spec.external.blocks;
  const std::int64_t row = spec.kv_heads * (std::int64_t{spec.key_dim} + spec.value_dim) * 4;
  require(blocks <= kMaxBytes / spec.block / row,
          std::to_string(blocks) + " blocks of " + std::to_string(spec.block) + " x " +
              std::to_string(row) + " bytes do not fit in any machine; use fewer blocks");
  require_budget(spec);
  return spec;
}

std::int64_t searchable_blocks(const MemorySpec& spec) {
  return spec.external.blocks > 0 ? spec.external.blocks : spec.long_blocks;
}

std::int64_t far_blocks(const MemorySpec& spec) {
  const std::int64_t searchable = searchable_blocks(spec);
  return searchable == 0 ? 0 : spec.ring_blocks + spec.compressed.blocks + searchable;
}

std::int64_t long_store_blocks(const MemorySpec& spec) {
  const bool own = spec.admission == Admission::kEveryNth || spec.external.blocks > 0;
  return own ? spec.long_blocks : far_blocks(spec);
}

std::int64_t compressed_store_blocks(const MemorySpec& spec) {
  return spec.compressed.blocks == 0 ? 0 : spec.ring_blocks + spec.compressed.blocks;
}

bool needs_open_block(const MemorySpec& spec) {
  const bool sketches = spec.summary == SummaryKind::kSketch && spec.top_k > 0 &&
                        searchable_blocks(spec) > 0 && spec.admission == Admission::kLeavingRing;
  return spec.external.blocks > 0 || spec.compressed.blocks > 0 || sketches;
}

MemorySpec compressed_spec(const MemorySpec& spec) {
  MemorySpec made = spec;
  made.block = spec.block / spec.compressed.ratio;
  return made;
}

MemorySpec open_spec(const MemorySpec& spec) {
  MemorySpec made = spec;
  made.storage = DType::kF32;
  return made;
}

MemorySpec token_spec(const MemorySpec& spec) {
  MemorySpec made = spec;
  made.block = 1;
  return made;
}

AssociativeSpec associative_spec(const MemorySpec& spec) {
  return {spec.associative ? spec.kv_heads : 0, spec.key_dim, spec.value_dim};
}

SummarySpec summary_spec(const MemorySpec& spec) {
  const bool retrieves = spec.admission == Admission::kLeavingRing && spec.top_k > 0;
  return {spec.kv_heads, spec.key_dim, retrieves ? far_blocks(spec) : 0, spec.block};
}

std::size_t MemorySpec::bytes() const { return bytes_of(require_valid(*this)); }

std::size_t MemorySpec::mapped_bytes() const {
  require_valid(*this);
  return external.blocks > 0 ? ExternalTier::mapped_bytes(*this, far_blocks(*this)) : 0;
}

}  // namespace heddle::attention
