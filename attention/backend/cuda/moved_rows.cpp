#include "attention/backend/cuda/moved_rows.h"

#include <algorithm>
#include <limits>

namespace heddle::attention::cuda {
namespace {

constexpr std::int64_t kChunk = 64;  // keys: chunks are anchored at its multiples
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

bool same_but_place(const TileRun& a, const TileRun& b) {
  return a.kind == b.kind && a.count == b.count && a.keys == b.keys && a.lo == b.lo &&
         a.hi == b.hi && a.argument == b.argument && a.segment == b.segment;
}

/// Gathers what runs say: which stay, which move, and whether those that stay lie before.
class Comparison {
 public:
  explicit Comparison(std::int64_t by) : by_(by) {}

  bool add(const TileRun& before, const TileRun& now) {
    if (!same_but_place(before, now)) return false;
    if (segment_ < 0) segment_ = now.segment;
    if (segment_ != now.segment) return false;
    const std::int64_t keys = now.first_key - before.first_key;
    const std::int64_t slots = now.first_slot - before.first_slot;
    if (keys == 0 && slots == 0 && now.kind != TileKind::kBand) {
      still_key_ = std::max(still_key_, now.first_key + now.keys);
      still_slot_ = std::max(still_slot_, now.first_slot + now.keys);
      return true;
    }
    if (keys != by_ || slots < 0 || (slots_ >= 0 && slots != slots_)) return false;
    slots_ = slots;
    moved_key_ = std::min(moved_key_, before.first_key);
    moved_slot_ = std::min(moved_slot_, before.first_slot);
    return true;
  }

  std::optional<Move> move() const {
    if (moved_key_ == kNone) return Move{.from = kNone, .slots = 0};
    const bool apart = still_key_ <= moved_key_ / kChunk * kChunk && still_slot_ <= moved_slot_;
    if (!apart) return std::nullopt;
    return Move{.from = moved_slot_, .slots = slots_};
  }

 private:
  std::int64_t by_;
  std::int64_t segment_ = -1;
  std::int64_t slots_ = -1;
  std::int64_t still_key_ = 0;  // the end of keys that stay
  std::int64_t still_slot_ = 0;
  std::int64_t moved_key_ = kNone;  // the first of those that move, before
  std::int64_t moved_slot_ = kNone;
};

}  // namespace

MovedRows::MovedRows(const BlockPlan& plan, std::int64_t size, std::int64_t by)
    : plan_(plan),
      size_(size),
      by_(by),
      by_blocks_(by % plan.query_block == 0 ? by / plan.query_block : 0),
      first_block_(plan.first_query / plan.query_block),
      blocks_(plan.query_blocks()) {}

std::optional<Move> MovedRows::at(int head, std::int64_t q) const {
  const std::int64_t block = plan_.query_block;
  const bool whole = q - by_ >= plan_.first_query && q + size_ <= plan_.first_query + plan_.queries;
  if (!whole || by_blocks_ == 0) return std::nullopt;
  const std::int64_t first = q / block;
  const std::int64_t rows = (q + size_ - 1) / block - first + 1;
  const std::int64_t now = head * blocks_ + first - first_block_;
  const std::int64_t before = now - by_blocks_;
  const std::int64_t* begin = plan_.row_begin.data();
  Comparison comparison(by_);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t count = begin[now + row + 1] - begin[now + row];
    if (begin[before + row + 1] - begin[before + row] != count) return std::nullopt;
    const TileRun* a = plan_.runs.data() + begin[before + row];
    const TileRun* b = plan_.runs.data() + begin[now + row];
    for (std::int64_t i = 0; i < count; ++i) {
      if (!comparison.add(a[i], b[i])) return std::nullopt;
    }
  }
  return comparison.move();
}

}  // namespace heddle::attention::cuda
