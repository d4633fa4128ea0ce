#include "attention/memory/retrieval.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace heddle::attention {
namespace {

constexpr std::size_t kMostWorkers = 16;

std::size_t workers_of(const MemorySpec& spec) {
  if (summary_spec(spec).slots == 0) return 0;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostWorkers);
}

/// Of one score among those that were chosen with it.
void set_shares(std::span<Retrieval::Choice> chosen, float scale) {
  float largest = -INFINITY;
  for (const auto& choice : chosen) largest = std::max(largest, choice.share);
  float sum = 0;
  for (auto& choice : chosen) sum += choice.share = std::exp(scale * (choice.share - largest));
  for (auto& choice : chosen) choice.share /= sum;
}

}  // namespace

Retrieval::Scratch::Scratch(const MemorySpec& spec)
    : index(summary_spec(spec)), top(static_cast<std::size_t>(searchable_blocks(spec))) {
  scores.reserve(static_cast<std::size_t>(searchable_blocks(spec)));
}

Retrieval::Retrieval(const MemorySpec& spec) : spec_(spec) {
  for (std::size_t i = 0; i < workers_of(spec); ++i) {
    scratch_.push_back(std::make_unique<Scratch>(spec));
  }
}

PositionRange Retrieval::candidates(const MemoryTiers& tiers, std::int64_t q) const {
  const std::int64_t newest = q / spec_.block - spec_.ring_blocks - spec_.compressed.blocks;
  return overlap({newest - searchable_blocks(spec_) + 1, newest + 1}, tiers.long_blocks_held());
}

void Retrieval::choose(const MemoryTiers& tiers, const RollingMemory::Attend& args) {
  first_ = args.first;
  queries_ = args.queries.shape[1];
  if (scratch_.empty()) return;
  const std::int64_t all = args.queries.shape[0] * queries_;
  counts_.assign(static_cast<std::size_t>(all), 0);
  choices_.resize(std::max(choices_.size(), static_cast<std::size_t>(all * spec_.top_k)));
  row_.reserve(64 * static_cast<std::size_t>(spec_.top_k));
  const auto workers = static_cast<std::int64_t>(scratch_.size());
  const auto work = [&](std::int64_t worker) {
    for (std::int64_t i = worker; i < all; i += workers) {
      choose_one(tiers, args, i, *scratch_[static_cast<std::size_t>(worker)]);
    }
  };
  // Few candidates cost less than waking threads.
  if (all * candidates(tiers, args.first + queries_ - 1).size() < 4096) {
    for (std::int64_t worker = 0; worker < workers; ++worker) work(worker);
    return;
  }
  tbb::this_task_arena::isolate(
      [&] { tbb::parallel_for(std::int64_t{0}, workers, std::int64_t{1}, work); });
}

void Retrieval::choose_one(const MemoryTiers& tiers,
                           const RollingMemory::Attend& args,
                           std::int64_t number,
                           Scratch& scratch) {
  const auto head = static_cast<int>(number / queries_);
  const std::int64_t row = number % queries_;
  const PositionRange blocks = candidates(tiers, first_ + row);
  if (blocks.empty()) return;
  const auto heads = static_cast<int>(args.queries.shape[0]);
  tiers.index().score(head * spec_.kv_heads / heads,
                      row_of(args.queries, head, row),
                      std::min(far_blocks(spec_), tiers.closed_blocks()),
                      scratch.index);
  scratch.scores.clear();
  for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
    const std::int64_t slot = tiers.far_slot(block);
    scratch.scores.push_back(scratch.index.scores[static_cast<std::size_t>(slot)]);
  }
  const std::span chosen(choices_.data() + number * spec_.top_k,
                         static_cast<std::size_t>(spec_.top_k));
  std::size_t count = 0;
  for (const std::uint32_t i : scratch.top.select(scratch.scores, chosen.size())) {
    chosen[count++] = {blocks.begin + i, scratch.scores[i]};
  }
  counts_[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(count);
  set_shares(chosen.first(count), args.scale);
}

std::span<const Retrieval::Choice> Retrieval::choice(int head, std::int64_t q) const {
  const std::int64_t number = head * queries_ + q - first_;
  return {choices_.data() + number * spec_.top_k,
          static_cast<std::size_t>(counts_[static_cast<std::size_t>(number)])};
}

std::span<const Retrieval::Chosen> Retrieval::row(const MemoryTiers& tiers,
                                                  int head,
                                                  PositionRange rows) {
  row_.clear();
  if (spec_.top_k == 0) {
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - rows.size());
    const PositionRange blocks = candidates(tiers, rows.begin);
    for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
      row_.push_back({block, all});
    }
    return row_;
  }
  for (std::int64_t q = rows.begin; q < rows.end; ++q) {
    for (const Choice& choice : this->choice(head, q)) {
      row_.push_back({choice.block, std::uint64_t{1} << (q - rows.begin)});
    }
  }
  std::ranges::sort(row_, {}, &Chosen::block);
  std::size_t kept = 0;
  for (const Chosen& one : row_) {
    if (kept > 0 && row_[kept - 1].block == one.block) {
      row_[kept - 1].queries |= one.queries;
    } else {
      row_[kept++] = one;
    }
  }
  row_.resize(kept);
  return row_;
}

}  // namespace heddle::attention
