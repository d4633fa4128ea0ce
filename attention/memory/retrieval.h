#pragma once
// Which long-term blocks each query of a row reads: its own top_k by summary score. A row's tiles
// are the union over its queries, each masked to the queries that chose it, so that a query's
// choice never depends on its neighbours. Allocates at construction only. Not thread-safe.

#include "attention/memory/memory_tiers.h"
#include "attention/selectors/top_k.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

class Retrieval {
 public:
  explicit Retrieval(const MemorySpec& spec);

  /// Chooses among the blocks `candidates` for the queries `rows` (positions within one query
  /// block of at most 64) of head `head`; `queries` (heads, n, key_dim) start at position `first`.
  struct Request {
    const MemoryTiers* tiers = nullptr;
    const TensorView* queries = nullptr;
    std::int64_t first = 0;
    int head = 0;
    PositionRange rows;
    PositionRange candidates;
  };
  void choose(const Request& request);
  /// Bit q - rows.begin says whether query q reads this block.
  std::uint64_t chosen(std::int64_t block) const;

 private:
  int top_k_;
  PositionRange candidates_;
  std::vector<float> slot_scores_;
  std::vector<float> scores_;
  std::vector<std::uint64_t> chosen_;  // by candidate
  TopK top_;
};

}  // namespace heddle::attention
