#include "attention/memory/memory_tiers.h"

#include <cmath>
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

}  // namespace

void require_valid(const MemorySpec& spec) {
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
  const std::int64_t blocks = spec.sink_blocks + 2 * spec.ring_blocks + spec.long_blocks;
  const std::int64_t row = spec.kv_heads * (std::int64_t{spec.key_dim} + spec.value_dim) * 4;
  require(blocks <= kMaxBytes / spec.block / row,
          std::to_string(blocks) + " blocks of " + std::to_string(spec.block) + " x " +
              std::to_string(row) + " bytes do not fit in any machine; use fewer blocks");
}

std::int64_t long_store_blocks(const MemorySpec& spec) {
  if (spec.long_blocks == 0) return 0;
  return spec.admission == Admission::kEveryNth ? spec.long_blocks
                                                : spec.ring_blocks + spec.long_blocks;
}

SummarySpec summary_spec(const MemorySpec& spec) {
  const bool retrieves = spec.admission == Admission::kLeavingRing && spec.top_k > 0;
  return {spec.kv_heads, spec.key_dim, retrieves ? long_store_blocks(spec) : 0, spec.block};
}

std::size_t MemorySpec::bytes() const {
  require_valid(*this);
  return BlockStore::bytes(*this, sink_blocks + ring_blocks + long_store_blocks(*this)) +
         BlockSummaries::bytes(summary_spec(*this));
}

}  // namespace heddle::attention
