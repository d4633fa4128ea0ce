#include "attention/backend/cuda/group_keys.h"

#include <algorithm>
#include <utility>

namespace heddle::attention::cuda {
namespace {

/// A side of a band that limits nothing within a group and a half.
constexpr std::int64_t kOpen = kGroupQueries + kHalfKeys;

std::int32_t clamped(std::int64_t x) {
  return static_cast<std::int32_t>(std::clamp(x, -kOpen, kOpen));
}

std::uint64_t low_bits(std::int64_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// The keys of the half that query `i` of the group attends, as bits, without the mask's own bits.
std::uint64_t range_bits(const HalfMask& mask, std::int64_t i) {
  const std::int64_t lo = std::max<std::int64_t>(mask.lo + i, 0);
  const std::int64_t hi = std::min<std::int64_t>(mask.hi + i, mask.keys - 1);
  return lo > hi ? 0 : low_bits(hi + 1) & ~low_bits(lo);
}

bool is_whole(const HalfMask& mask, std::int64_t begin, std::int64_t end) {
  return mask.keys == kHalfKeys && mask.bits < 0 && mask.lo <= 1 - end &&
         mask.hi >= kHalfKeys - 1 - begin;
}

/// 64 bits of a row of a run's mask from key `key` of the run on.
std::uint64_t run_bits(const BlockPlan& plan,
                       const TileRun& run,
                       std::int64_t row,
                       std::int64_t key,
                       std::int64_t count) {
  const std::int64_t words = (plan.key_block + 63) / 64;
  std::uint64_t found = 0;
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int64_t tile = (key + j) / plan.key_block;
    const std::int64_t column = (key + j) % plan.key_block;
    const std::int64_t word = run.argument + (tile * plan.query_block + row) * words + column / 64;
    found |= (plan.bits[static_cast<std::size_t>(word)] >> (column % 64) & 1) << j;
  }
  return found;
}

}  // namespace

std::uint64_t attended_bits(const HalfMask& mask,
                            std::int64_t i,
                            const std::vector<std::uint64_t>& bits) {
  const std::uint64_t range = range_bits(mask, i);
  if (mask.bits < 0) return range;
  return range & bits[static_cast<std::size_t>(std::int64_t{mask.bits} * kGroupQueries + i)];
}

std::int32_t GroupReader::keep(const std::array<std::uint64_t, kGroupQueries>& words) {
  const auto next = static_cast<std::int32_t>(bits_.size() / kGroupQueries);
  const auto [found, fresh] = known_.try_emplace(words, next);
  if (fresh) bits_.insert(bits_.end(), words.begin(), words.end());
  return found->second;
}

void GroupReader::read_chunk(const TileRun& run,
                             std::int64_t key,
                             const Rows& rows,
                             std::int64_t first) {
  const std::int64_t position = run.first_key + key;
  const std::int64_t block = position / kHalfKeys;
  const std::int64_t count = std::min(run.keys - key, (block + 1) * kHalfKeys - position);
  HalfMask mask{.lo = -static_cast<std::int32_t>(kOpen),
                .hi = static_cast<std::int32_t>(kOpen),
                .keys = static_cast<std::int32_t>(count)};
  switch (run.kind) {
    case TileKind::kFull:
      break;
    case TileKind::kBand: {
      if (position + count - rows.begin - 1 < run.lo || position - (rows.end - 1) > run.hi) return;
      mask.lo = clamped(run.lo - (position - first));
      mask.hi = clamped(run.hi - (position - first));
      break;
    }
    case TileKind::kPrefix:
      mask.keys = static_cast<std::int32_t>(std::min(count, run.argument - key));
      if (mask.keys <= 0) return;
      break;
    case TileKind::kBits: {
      std::array<std::uint64_t, kGroupQueries> words{};
      std::uint64_t any = 0;
      for (std::int64_t q = rows.begin; q < rows.end; ++q) {
        const std::uint64_t word = run_bits(plan_, run, q % plan_.query_block, key, count);
        words[static_cast<std::size_t>(q - first)] = word;
        any |= word;
      }
      if (any == 0) return;
      mask.bits = keep(words);
      break;
    }
  }
  found_.push_back({.chunk = {block, run.segment, position, run.first_slot + key},
                    .mask = mask,
                    .whole = is_whole(mask, rows.begin - first, rows.end - first)});
  found_rows_.push_back(rows);
}

void GroupReader::read_row(std::int64_t row, const Rows& rows, std::int64_t first) {
  const auto begin = static_cast<std::size_t>(plan_.row_begin[static_cast<std::size_t>(row)]);
  const auto end = static_cast<std::size_t>(plan_.row_begin[static_cast<std::size_t>(row) + 1]);
  for (std::size_t i = begin; i < end; ++i) {
    const TileRun& run = plan_.runs[i];
    std::int64_t key = 0;
    std::int64_t stop = run.keys;
    if (run.kind == TileKind::kBand) {
      // Only the keys that the band can reach: a wide run costs nothing outside them.
      const std::int64_t from = std::clamp(
          rows.begin + std::max(run.lo, -kOpenBand) - run.first_key, std::int64_t{0}, stop);
      stop = std::clamp(rows.end + std::min(run.hi, kOpenBand) - run.first_key, from, stop);
      const std::int64_t aligned = (run.first_key + from) / kHalfKeys * kHalfKeys - run.first_key;
      key = std::max<std::int64_t>(aligned, 0);
    }
    while (key < stop) {
      read_chunk(run, key, rows, first);
      key = ((run.first_key + key) / kHalfKeys + 1) * kHalfKeys - run.first_key;
    }
  }
}

/// Chunks that several rows of the plan attend become one: with the mask that all share, or with
/// bits.
void GroupReader::join(std::int64_t first, std::vector<GroupKeys>& all) {
  auto& order = order_;
  order.resize(found_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return found_[a].chunk < found_[b].chunk;
  });
  const std::int64_t end = std::min(first + kGroupQueries, plan_.first_query + plan_.queries);
  const std::int64_t begin = std::max(first, plan_.first_query);
  for (std::size_t i = 0; i < order.size();) {
    std::size_t stop = i;
    std::int64_t queries = 0;
    bool alike = true;
    std::array<std::uint64_t, kGroupQueries> words{};
    const GroupKeys& keys = found_[order[i]];
    for (; stop < order.size() && found_[order[stop]].chunk == keys.chunk; ++stop) {
      const HalfMask& mask = found_[order[stop]].mask;
      const Rows& rows = found_rows_[order[stop]];
      alike = alike && mask == keys.mask && mask.bits < 0;
      queries += rows.end - rows.begin;
      for (std::int64_t q = rows.begin; q < rows.end; ++q) {
        const auto at = static_cast<std::size_t>(q - first);
        words[at] = attended_bits(mask, q - first, bits_);
      }
    }
    GroupKeys made = keys;
    if (!alike || queries != end - begin) {
      made.mask = {.lo = -static_cast<std::int32_t>(kOpen),
                   .hi = static_cast<std::int32_t>(kOpen),
                   .keys = kHalfKeys,
                   .bits = keep(words)};
    }
    made.whole = is_whole(made.mask, begin - first, end - first);
    all.push_back(made);
    i = stop;
  }
}

const std::vector<GroupKeys>& GroupReader::keys(int head, std::int64_t first) {
  turn_ ^= 1;
  std::vector<GroupKeys>& given = given_[turn_];
  given.clear();
  found_.clear();
  found_rows_.clear();
  const std::int64_t begin = std::max(first, plan_.first_query);
  const std::int64_t end = std::min(first + kGroupQueries, plan_.first_query + plan_.queries);
  bool one_row = true;
  for (std::int64_t q = begin; q < end;) {
    const std::int64_t block = q / plan_.query_block;
    const Rows rows{q, std::min(end, (block + 1) * plan_.query_block)};
    one_row = one_row && rows.end == end && q == begin;
    read_row(
        head * plan_.query_blocks() + block - plan_.first_query / plan_.query_block, rows, first);
    q = rows.end;
  }
  // One row's chunks ascend already, unless a block holds two segments or two torn pieces.
  const bool ordered = std::is_sorted(
      found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.chunk < b.chunk; });
  if (one_row && ordered) {
    std::swap(given, found_);
  } else {
    join(first, given);
  }
  return given;
}

}  // namespace heddle::attention::cuda
