#pragma once
// A call over an external tier, cut into parts of consecutive queries whose chosen blocks fit the
// fast tier together. A query's bits do not depend on the cut: its keys are its own. While the back
// end works on one part, the external tier pages in what the next one misses.
// Allocates only when a call is larger than every one before. Not thread-safe.

#include "attention/memory/retrieval.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

class RecallParts {
 public:
  explicit RecallParts(const MemorySpec& spec);

  /// Throws std::invalid_argument where one position's choices, over all heads, do not fit.
  void cut(const MemoryTiers& tiers, const RollingMemory::Attend& args, const Retrieval& retrieval);
  std::size_t count() const { return parts_.size(); }
  /// Brings a part's blocks into the fast tier; its queries.
  PositionRange recall(std::size_t part, MemoryTiers& tiers);
  /// After the last part: tells the fast tier how much attention its blocks had.
  void finish(MemoryTiers& tiers,
              const RollingMemory::Attend& args,
              const Retrieval& retrieval) const;

 private:
  struct Part {
    PositionRange queries;
    std::size_t begin = 0;  // of its far slots in slots_
    std::size_t end = 0;
  };
  std::size_t add_query(const MemoryTiers& tiers, const Retrieval& retrieval, std::int64_t q);
  void close(std::int64_t next_query);
  void prefetch(std::size_t part, MemoryTiers& tiers);

  MemorySpec spec_;
  int heads_ = 0;
  std::vector<Part> parts_;
  std::vector<std::int64_t> slots_;   // of all parts, one after another
  std::vector<std::int64_t> seen_;    // by far slot: the last part that wanted it, from 1
  std::vector<std::int64_t> wanted_;  // far slots to page in
  std::int64_t part_number_ = 0;      // never repeats
};

}  // namespace heddle::attention
