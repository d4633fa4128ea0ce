#pragma once
// How much attention this process has computed, for whoever watches it: tiles of scores (a block of
// queries by a block of keys, of one head) that plans kept, beside those that full attention would
// have had. Counted: attention layers that run (selected ones too) and what rolling memories
// answer. Not counted: mechanisms, gradients, and attention layers that learn. Full attention is
// the whole square of queries by keys, so a dense causal model shows about one half. Threads: any;
// the two of a call are counted one after the other.

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
