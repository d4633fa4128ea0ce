#include "attention/memory/recall_parts.h"

#include <stdexcept>

namespace heddle::attention {

RecallParts::RecallParts(const MemorySpec& spec)
    : spec_(spec),
      seen_(static_cast<std::size_t>(spec.external.blocks > 0 ? far_blocks(spec) : 0)) {}

/// Adds what query q wants and the open part does not have; how many that were.
std::size_t RecallParts::add_query(const MemoryTiers& tiers,
                                   const Retrieval& retrieval,
                                   std::int64_t q) {
  const std::size_t before = slots_.size();
  for (int head = 0; head < heads_; ++head) {
    for (const Retrieval::Choice& choice : retrieval.choice(head, q)) {
      const std::int64_t slot = tiers.far_slot(choice.block);
      std::int64_t& seen = seen_[static_cast<std::size_t>(slot)];
      if (seen == part_number_) continue;
      seen = part_number_;
      slots_.push_back(slot);
    }
  }
  return slots_.size() - before;
}

void RecallParts::close(std::int64_t next_query) {
  parts_.back().queries.end = next_query;
  parts_.back().end = slots_.size();
}

void RecallParts::cut(const MemoryTiers& tiers,
                      const RollingMemory::Attend& args,
                      const Retrieval& retrieval) {
  heads_ = static_cast<int>(args.queries.shape[0]);
  const std::int64_t queries = args.queries.shape[1];
  const auto most = static_cast<std::size_t>(queries);
  const auto room = static_cast<std::size_t>(spec_.long_blocks);
  parts_.clear();
  slots_.clear();
  parts_.reserve(most);
  slots_.reserve(most * static_cast<std::size_t>(heads_ * spec_.top_k));
  wanted_.reserve(room);
  ++part_number_;
  parts_.push_back({{args.first, args.first}, 0, 0});
  for (std::int64_t q = args.first; q < args.first + queries; ++q) {
    const std::size_t added = add_query(tiers, retrieval, q);
    if (slots_.size() - parts_.back().begin <= room) continue;
    slots_.resize(slots_.size() - added);
    close(q);
    ++part_number_;
    parts_.push_back({{q, q}, slots_.size(), 0});
    if (add_query(tiers, retrieval, q) > room) {
      throw std::invalid_argument(
          "memory: one position chooses " + std::to_string(slots_.size() - parts_.back().begin) +
          " blocks (top_k " + std::to_string(spec_.top_k) + " for each of " +
          std::to_string(heads_) + " heads), the fast tier holds " +
          std::to_string(spec_.long_blocks) + "; use long_blocks of at least " +
          std::to_string(heads_ * spec_.top_k));
    }
  }
  close(args.first + queries);
}

/// Blocks of the file that a part needs and the fast tier does not have.
void RecallParts::prefetch(std::size_t part, MemoryTiers& tiers) {
  wanted_.clear();
  for (std::size_t i = parts_[part].begin; i < parts_[part].end; ++i) {
    if (tiers.fast().slot_of(slots_[i]) < 0) wanted_.push_back(slots_[i]);
  }
  tiers.external().prefetch(wanted_);
}

PositionRange RecallParts::recall(std::size_t part, MemoryTiers& tiers) {
  tiers.external().wait();
  const Part& now = parts_[part];
  tiers.recall({slots_.data() + now.begin, now.end - now.begin});
  if (part + 1 < parts_.size()) prefetch(part + 1, tiers);
  return now.queries;
}

void RecallParts::finish(MemoryTiers& tiers,
                         const RollingMemory::Attend& args,
                         const Retrieval& retrieval) const {
  tiers.external().wait();
  if (spec_.external.eviction != Eviction::kMass) return;
  for (int head = 0; head < heads_; ++head) {
    for (std::int64_t q = args.first; q < args.first + args.queries.shape[1]; ++q) {
      for (const Retrieval::Choice& choice : retrieval.choice(head, q)) {
        tiers.fast().add_mass(tiers.far_slot(choice.block), choice.share);
      }
    }
  }
}

}  // namespace heddle::attention
