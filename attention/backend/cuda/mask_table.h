#pragma once
// Masks of a schedule, equal ones once, numbered in the order in which they came. The latest
// answers are looked at first: neighbours mostly ask for the same few. One thread at a time.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

namespace heddle::attention::cuda {

/// `Mask`: a plain structure of 32-bit numbers.
template <class Mask>
class MaskTable {
 public:
  explicit MaskTable(std::vector<Mask>& masks) : masks_(masks) {}

  std::int32_t index_of(const Mask& mask) {
    const std::size_t hash = hash_of(mask);
    std::int32_t& recent = recent_[hash % recent_.size()];
    if (recent >= 0 && masks_[static_cast<std::size_t>(recent)] == mask) return recent;
    const auto [begin, end] = known_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (masks_[static_cast<std::size_t>(at->second)] == mask) return recent = at->second;
    }
    recent = static_cast<std::int32_t>(masks_.size());
    known_.emplace(hash, recent);
    masks_.push_back(mask);
    return recent;
  }

 private:
  static_assert(sizeof(Mask) % sizeof(std::uint64_t) == 0 &&
                std::has_unique_object_representations_v<Mask>);

  static std::size_t hash_of(const Mask& mask) {
    std::uint64_t words[sizeof(Mask) / sizeof(std::uint64_t)];
    std::memcpy(words, &mask, sizeof(Mask));
    std::uint64_t hash = 0;
    for (const std::uint64_t word : words) {
      hash = std::rotl(hash ^ word, 29) * 0x9e3779b97f4a7c15;
    }
    return hash ^ hash >> 32;
  }

  std::vector<Mask>& masks_;
  std::unordered_multimap<std::size_t, std::int32_t> known_;
  std::array<std::int32_t, 64> recent_ = [] {
    std::array<std::int32_t, 64> none{};
    none.fill(-1);
    return none;
  }();
};

}  // namespace heddle::attention::cuda
