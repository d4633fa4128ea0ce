#include "attention/memory/retrieval.h"

#include <algorithm>

namespace heddle::attention {

Retrieval::Retrieval(const MemorySpec& spec)
    : top_k_(spec.top_k), top_(static_cast<std::size_t>(spec.long_blocks)) {
  const auto slots = static_cast<std::size_t>((summary_spec(spec).slots + 15) / 16 * 16);
  slot_scores_.resize(slots);
  scores_.reserve(static_cast<std::size_t>(spec.long_blocks));
  chosen_.reserve(static_cast<std::size_t>(spec.long_blocks));
}

void Retrieval::choose(const Request& request) {
  candidates_ = request.candidates;
  const std::int64_t count = std::max<std::int64_t>(0, candidates_.size());
  const bool everything = top_k_ == 0 || count <= top_k_;
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - request.rows.size());
  chosen_.assign(static_cast<std::size_t>(count), everything ? all : 0);
  if (everything) return;
  const MemoryTiers& tiers = *request.tiers;
  const auto heads = static_cast<int>(request.queries->shape[0]);
  const int kv_head = request.head * tiers.spec().kv_heads / heads;
  for (std::int64_t q = request.rows.begin; q < request.rows.end; ++q) {
    tiers.summaries().score(
        kv_head, row_of(*request.queries, request.head, q - request.first), slot_scores_);
    scores_.clear();
    for (std::int64_t block = candidates_.begin; block < candidates_.end; ++block) {
      const std::int64_t slot = tiers.long_slot(block) / tiers.spec().block;
      scores_.push_back(slot_scores_[static_cast<std::size_t>(slot)]);
    }
    for (const std::uint32_t index : top_.select(scores_, static_cast<std::size_t>(top_k_))) {
      chosen_[index] |= std::uint64_t{1} << (q - request.rows.begin);
    }
  }
}

std::uint64_t Retrieval::chosen(std::int64_t block) const {
  return chosen_[static_cast<std::size_t>(block - candidates_.begin)];
}

}  // namespace heddle::attention
