#include "attention/memory/external_tier.h"

#include "attention/memory/crc32.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::size_t kHead = 8;  // bytes before a slot's content: the checksum, then nothing
constexpr float kLargest = 127;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::size_t element_bytes(ColdStorage storage) { return storage == ColdStorage::kInt8 ? 1 : 2; }

std::size_t bytes_of_slot(const MemorySpec& spec) {
  const auto row = static_cast<std::size_t>(spec.key_dim + spec.value_dim);
  const std::size_t head = 2 * sizeof(float) + row * static_cast<std::size_t>(spec.block) *
                                                   element_bytes(spec.external.storage);
  const std::size_t all = kHead + head * static_cast<std::size_t>(spec.kv_heads);
  return (all + 63) / 64 * 64;
}

std::int64_t in_heap(const MemorySpec& spec, std::int64_t slots) {
  return std::min(slots, spec.external.heap_blocks);
}

float scale_of(const float* x, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) return kNaN;
    largest = std::max(largest, std::fabs(x[i]));
  }
  return largest / kLargest;
}

/// Writes a scale and n numbers at `to`, and moves it behind them.
void encode(const float* x, std::int64_t n, ColdStorage storage, std::byte*& to) {
  const float scale = scale_of(x, n);
  std::memcpy(to, &scale, sizeof scale);
  to += sizeof scale;
  const bool usable = scale > 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (storage == ColdStorage::kBF16) {
      const std::uint16_t bits = bfloat16_from(x[i]).bits;
      std::memcpy(to + 2 * i, &bits, sizeof bits);
    } else {
      const float scaled = usable ? x[i] / scale : 0;
      to[i] = static_cast<std::byte>(static_cast<std::int8_t>(std::lround(scaled)));
    }
  }
  to += static_cast<std::size_t>(n) * element_bytes(storage);
}

void decode(const std::byte*& from, std::int64_t n, ColdStorage storage, float* x) {
  float scale = 0;
  std::memcpy(&scale, from, sizeof scale);
  from += sizeof scale;
  for (std::int64_t i = 0; i < n; ++i) {
    if (storage == ColdStorage::kBF16) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, from + 2 * i, sizeof bits);
      x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    } else {
      x[i] = scale * static_cast<float>(static_cast<std::int8_t>(from[i]));
    }
  }
  from += static_cast<std::size_t>(n) * element_bytes(storage);
}

std::uint32_t checksum(const std::byte* slot, std::size_t bytes) {
  Crc32 crc;
  crc.add(slot + kHead, bytes - kHead);
  return crc.value();
}

}  // namespace

std::size_t ExternalTier::heap_bytes(const MemorySpec& spec, std::int64_t slots) {
  return static_cast<std::size_t>(in_heap(spec, slots)) * bytes_of_slot(spec);
}

std::size_t ExternalTier::mapped_bytes(const MemorySpec& spec, std::int64_t slots) {
  return static_cast<std::size_t>(slots - in_heap(spec, slots)) * bytes_of_slot(spec);
}

ExternalTier::ExternalTier(const MemorySpec& spec, std::int64_t slots)
    : spec_(spec),
      slots_(slots),
      heap_slots_(in_heap(spec, slots)),
      slot_bytes_(bytes_of_slot(spec)),
      heap_(DType::kU8, {static_cast<std::int64_t>(heap_bytes(spec, slots))}),
      file_(spec.external.folder, mapped_bytes(spec, slots)),
      decoded_(static_cast<std::size_t>(slots > 0 ? spec.block : 0) *
               static_cast<std::size_t>(std::max(spec.key_dim, spec.value_dim))) {
  if (slots > 0) wanted_.reserve(static_cast<std::size_t>(spec.long_blocks));
}

std::byte* ExternalTier::slot_at(std::int64_t slot) const {
  const auto bytes = static_cast<std::int64_t>(slot_bytes_);
  if (mapped(slot)) return file_.data() + (slot - heap_slots_) * bytes;
  return reinterpret_cast<std::byte*>(heap_.view().as<std::uint8_t>()) + slot * bytes;
}

void ExternalTier::put(std::int64_t slot, const BlockStore& open) {
  std::byte* begin = slot_at(slot);
  std::byte* to = begin + kHead;
  for (int head = 0; head < spec_.kv_heads; ++head) {
    for (const TensorView& rows : {open.keys(), open.values()}) {
      const TensorView block = rows.at(0, head);  // (block, dim)
      encode(block.as<float>(), block.size(), spec_.external.storage, to);
    }
  }
  const std::uint32_t crc = checksum(begin, slot_bytes_);
  std::memcpy(begin, &crc, sizeof crc);
  // Consecutive slots share pages: what lies a window behind is written for good.
  constexpr std::size_t kWindow = std::size_t{1} << 20;
  const std::size_t end = static_cast<std::size_t>(slot - heap_slots_ + 1) * slot_bytes_;
  if (mapped(slot) && end / kWindow != (end - slot_bytes_) / kWindow) {
    const std::size_t from = end < 2 * kWindow ? 0 : end - 2 * kWindow;
    file_.release(from, end - from);
  }
}

void ExternalTier::get(std::int64_t slot, BlockStore& to, std::int64_t row) {
  const std::byte* begin = slot_at(slot);
  std::uint32_t stored = 0;
  std::memcpy(&stored, begin, sizeof stored);
  const std::uint32_t found = checksum(begin, slot_bytes_);
  if (stored != found) {
    throw std::runtime_error("external memory: block in slot " + std::to_string(slot) +
                             " has checksum " + std::to_string(stored) + ", its bytes give " +
                             std::to_string(found) +
                             "; the file or the disk is damaged, restore an older snapshot");
  }
  const std::byte* from = begin + kHead;
  for (int head = 0; head < spec_.kv_heads; ++head) {
    for (const TensorView& rows : {to.keys(), to.values()}) {
      const TensorView block = rows.at(0, head).slice(0, row, spec_.block);
      decode(from, block.size(), spec_.external.storage, decoded_.data());
      store_floats(decoded_.data(), block.size(), block.dtype, block.data);
    }
  }
  if (mapped(slot)) {
    file_.release(static_cast<std::size_t>(slot - heap_slots_) * slot_bytes_, slot_bytes_);
  }
}

void ExternalTier::prefetch(std::span<const std::int64_t> slots) {
  if (slots.empty() || file_.bytes() == 0) return;
  toucher_.wait();
  wanted_.assign(slots.begin(), slots.end());
  toucher_.touch({file_.data(), slot_bytes_, wanted_, heap_slots_});
}

void ExternalTier::wait() { toucher_.wait(); }

std::array<TensorView, 2> ExternalTier::tensors() const {
  TensorView file = view_of(reinterpret_cast<std::uint8_t*>(file_.data()),
                            {static_cast<std::int64_t>(file_.bytes())});
  return {heap_.view(), file};
}

}  // namespace heddle::attention
