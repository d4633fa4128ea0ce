#pragma once
// Which long-term blocks each query reads: its own top_k by summary score. choose() decides for all
// queries of a call; a row's tiles are then the union over its queries, each masked to the queries
// that chose it, so that a query's choice never depends on its neighbours. Queries are scored in
// parallel; each on its own, so that threads change nothing. Allocates only when a call is larger
// than every one before. Not thread-safe.
// Errors: none; attend() checked the call.

#include "attention/memory/memory_tiers.h"
#include "attention/selectors/top_k.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace heddle::attention {

class Retrieval {
 public:
  explicit Retrieval(const MemorySpec& spec);

  /// Chooses for all queries of args.
  void choose(const MemoryTiers& tiers, const RollingMemory::Attend& args);

  struct Chosen {
    std::int64_t block = 0;
    std::uint64_t queries = 0;  // bit q - rows.begin: query q reads it
  };
  /// The blocks that the queries `rows` (positions within one tile) of a head read, ascending.
  std::span<const Chosen> row(const MemoryTiers& tiers, int head, PositionRange rows);

  /// What query q of a head chose, ascending, and the share of its attention that each is worth by
  /// the summaries alone. Empty where it reads every block there is.
  struct Choice {
    std::int64_t block = 0;
    float share = 0;
  };
  std::span<const Choice> choice(int head, std::int64_t q) const;

 private:
  struct Scratch {
    explicit Scratch(const MemorySpec& spec);
    BlockIndex::Scratch index;
    std::vector<float> scores;  // by candidate
    TopK top;
  };
  void choose_one(const MemoryTiers& tiers,
                  const RollingMemory::Attend& args,
                  std::int64_t number,
                  Scratch& scratch);
  PositionRange candidates(const MemoryTiers& tiers, std::int64_t q) const;

  MemorySpec spec_;
  std::int64_t first_ = 0;
  std::int64_t queries_ = 0;
  std::vector<std::unique_ptr<Scratch>> scratch_;  // by worker
  std::vector<Choice> choices_;                    // (heads, queries, top_k)
  std::vector<std::int32_t> counts_;               // (heads, queries)
  std::vector<Chosen> row_;
};

}  // namespace heddle::attention
