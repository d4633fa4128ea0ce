#include "attention/backend/attention_counts.h"

#include "attention/backend/attention_op.h"
#include "attention/patterns/block_plan.h"

#include <atomic>

namespace heddle::attention {
namespace {

std::atomic<std::int64_t> kept{0};
std::atomic<std::int64_t> all{0};

}  // namespace

AttentionCounts attention_counts() {
  AttentionCounts now;
  now.kept = kept.load(std::memory_order_relaxed);
  now.all = all.load(std::memory_order_relaxed);
  return now;
}

void count_attention(const AttentionArgs& call, std::int64_t keys) {
  const BlockPlan& plan = *call.plan;
  const std::int64_t heads = call.out.shape[0];
  const std::int64_t shared_by = plan.heads == 1 ? heads : 1;
  const std::int64_t key_blocks = (keys + plan.key_block - 1) / plan.key_block;
  kept.fetch_add(plan.tiles() * shared_by, std::memory_order_relaxed);
  all.fetch_add(plan.query_blocks() * key_blocks * heads, std::memory_order_relaxed);
}

}  // namespace heddle::attention
