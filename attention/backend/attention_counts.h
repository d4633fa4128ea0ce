#pragma once
// How much attention this process has computed, for whoever watches it: tiles of scores (a block of
// queries by a block of keys, of one head) that plans kept, beside those that full attention would
// have had. Threads: any; the two of a call are counted one after the other.

#include <cstdint>

namespace heddle::attention {

struct AttentionArgs;

struct AttentionCounts {
  std::int64_t kept = 0;
  std::int64_t all = 0;
};

AttentionCounts attention_counts();

/// A call over `keys` positions: those of its segments, or, of a memory, all that it ever saw.
void count_attention(const AttentionArgs& call, std::int64_t keys);

}  // namespace heddle::attention
