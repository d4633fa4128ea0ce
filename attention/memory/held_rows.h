#pragma once
// How many rows all rolling memories of this process hold, by tier, for whoever watches it: a
// position counts in each tier that has it. Threads: held_rows() from any; a HeldRows is its
// memory's.

#include <array>
#include <cstdint>

namespace heddle::attention {

class MemoryTiers;

struct TierRows {
  std::int64_t sinks = 0, ring = 0, far = 0, compressed = 0, external = 0;
};

TierRows held_rows();

/// One memory's share of them; it ends with the memory.
class HeldRows {
 public:
  HeldRows() = default;
  ~HeldRows();
  HeldRows(const HeldRows&) = delete;
  HeldRows& operator=(const HeldRows&) = delete;

  void update(const MemoryTiers& tiers);

 private:
  void become(const std::array<std::int64_t, 5>& rows);

  std::array<std::int64_t, 5> rows_{};  // in the order of TierRows
};

}  // namespace heddle::attention
