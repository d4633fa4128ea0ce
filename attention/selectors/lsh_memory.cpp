#include "attention/selectors/lsh_memory.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::attention {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::uint32_t kSilent = 0xfffffffe;  // `before` of a token in no bucket
constexpr int kFirstBits = 12;
constexpr std::size_t kWarmTokens = 256;  // one call looks at, about: many keys, few tokens of each

const LshMemorySpec& require_valid(const LshMemorySpec& spec) {
  const auto refuse = [](const std::string& what, std::int64_t value, std::int64_t most) {
    throw std::invalid_argument("LSH memory: " + what + " is " + std::to_string(value) +
                                ", must be 1 to " + std::to_string(most));
  };
  constexpr std::int64_t kMostTokens = std::int64_t{1} << 31;
  if (spec.capacity < 1 || spec.capacity > kMostTokens)
    refuse("capacity", spec.capacity, kMostTokens);
  if (spec.top_k < 1 || spec.top_k > 1 << 16) refuse("top_k", spec.top_k, 1 << 16);
  if (spec.most_steps < 1) refuse("most_steps", spec.most_steps, 1LL << 31);
  return spec;
}

}  // namespace

LshMemory::LshMemory(const LshMemorySpec& spec)
    : spec_(require_valid(spec)),
      tokens_(std::make_unique_for_overwrite<Token[]>(static_cast<std::size_t>(spec.capacity))),
      latest_(std::size_t{1} << kFirstBits, kNone),
      bucket_bits_(kFirstBits) {
  found_.reserve(static_cast<std::size_t>(spec.top_k));
}

// Fibonacci hashing: the high bits of the product depend on all bits of the key.
std::size_t LshMemory::bucket_of(std::uint32_t key) const {
  return (key * std::uint32_t{0x9e3779b1}) >> (32 - bucket_bits_);
}

/// The latest token that went into this slot.
std::int64_t LshMemory::number_of(std::uint32_t slot) const {
  const std::int64_t behind = newest_ - static_cast<std::int64_t>(slot);
  return length_ - 1 - (behind < 0 ? behind + spec_.capacity : behind);
}

void LshMemory::enter(std::uint32_t slot) {
  std::uint32_t& latest = latest_[bucket_of(tokens_[slot].key)];
  tokens_[slot].before = latest;
  latest = slot;
}

void LshMemory::grow() {
  ++bucket_bits_;
  latest_.assign(std::size_t{1} << bucket_bits_, kNone);
  const std::int64_t oldest = std::max<std::int64_t>(0, length_ - spec_.capacity);
  for (std::int64_t number = oldest; number < length_; ++number) {
    const auto slot = static_cast<std::uint32_t>(number % spec_.capacity);
    if (tokens_[slot].before != kSilent) enter(slot);
  }
}

std::uint32_t LshMemory::next_slot() {
  const auto buckets = static_cast<std::int64_t>(latest_.size());
  if (length_ >= buckets && buckets < spec_.capacity && bucket_bits_ < 31) grow();
  newest_ = newest_ + 1 < spec_.capacity ? newest_ + 1 : 0;
  ++length_;
  return static_cast<std::uint32_t>(newest_);
}

void LshMemory::append(std::uint32_t key) {
  const std::uint32_t slot = next_slot();
  tokens_[slot].key = key;
  enter(slot);
}

void LshMemory::append_silent() { tokens_[next_slot()] = {0, kSilent}; }

void LshMemory::prefetch(std::uint32_t key) const { __builtin_prefetch(&latest_[bucket_of(key)]); }

void LshMemory::warm(std::span<const std::uint32_t> keys) const {
  std::array<std::uint32_t, kMostWarmed> slots;
  std::size_t alive = 0;
  const auto follow = [&](std::uint32_t slot) {
    if (slot >= kSilent) return;
    __builtin_prefetch(&tokens_[slot]);
    slots[alive++] = slot;
  };
  for (const std::uint32_t key : keys.first(std::min(keys.size(), kMostWarmed))) {
    follow(latest_[bucket_of(key)]);
  }
  const int most = std::min(spec_.top_k, spec_.most_steps);
  std::size_t followed = alive;
  for (int step = 1; step < most && alive > 0 && followed < kWarmTokens; ++step) {
    const std::size_t before = std::exchange(alive, 0);
    for (std::size_t i = 0; i < before; ++i) follow(tokens_[slots[i]].before);
    followed += alive;
  }
}

std::span<const std::int64_t> LshMemory::recall(std::uint32_t key) {
  found_.clear();
  const std::size_t bucket = bucket_of(key);
  std::int64_t last = length_;
  std::uint32_t slot = latest_[bucket];
  for (int step = 0; slot != kNone && step < spec_.most_steps; ++step) {
    const Token& token = tokens_[slot];
    // A slot that was written again holds a later token, or one of another bucket: whatever lay
    // behind it in this bucket is older still, so it is gone too.
    const std::int64_t number = number_of(slot);
    if (number >= last || token.before == kSilent || bucket_of(token.key) != bucket) break;
    last = number;
    if (token.key == key) {
      found_.push_back(number);
      if (found_.size() == static_cast<std::size_t>(spec_.top_k)) break;
    }
    slot = token.before;
  }
  return found_;
}

// Buckets shrink too: what is remembered next must not depend on what was before.
void LshMemory::reset() {
  bucket_bits_ = kFirstBits;
  latest_.assign(std::size_t{1} << kFirstBits, kNone);
  length_ = 0;
  newest_ = -1;
}

std::int64_t LshMemory::bytes() const {
  const std::int64_t held = std::min(length_, spec_.capacity);
  return held * static_cast<std::int64_t>(sizeof(Token)) +
         static_cast<std::int64_t>(latest_.size() * sizeof(std::uint32_t));
}

}  // namespace heddle::attention
