#include "attention/patterns/tile_mask.h"

#include <algorithm>
#include <bit>

namespace heddle::attention {
namespace {

/// Bits [begin, end) of a word, 0 <= begin, end <= 64.
std::uint64_t word_range(std::int64_t begin, std::int64_t end) {
  if (begin >= end) return 0;
  const std::uint64_t upto = end == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << end) - 1;
  return upto & (~std::uint64_t{0} << begin);
}

std::uint64_t word_of(std::int64_t word, PositionRange columns) {
  const std::int64_t base = word * 64;
  return word_range(std::clamp<std::int64_t>(columns.begin - base, 0, 64),
                    std::clamp<std::int64_t>(columns.end - base, 0, 64));
}

PositionRange keys_within(const Piece& piece, std::int64_t q, PositionRange keys) {
  const PositionRange band{q + piece.lo, q + piece.hi + 1};
  return overlap(overlap(piece.keys, band), keys);
}

}  // namespace

TileMask::TileMask(int query_block, int key_block)
    : query_block_(query_block),
      words_((key_block + 63) / 64),
      bits_(static_cast<std::size_t>(query_block_ * words_)) {}

void TileMask::start(PositionRange queries, PositionRange keys) {
  queries_ = queries;
  keys_ = keys;
  std::ranges::fill(bits_, 0);
}

const std::uint64_t* TileMask::row(std::int64_t q) const {
  return bits_.data() + q % query_block_ * words_;
}

void TileMask::add_keys(std::int64_t q, PositionRange keys) {
  const PositionRange inside = overlap(keys, keys_);
  const PositionRange columns{inside.begin - keys_.begin, inside.end - keys_.begin};
  std::uint64_t* words = bits_.data() + q % query_block_ * words_;
  for (std::int64_t word = 0; word < words_; ++word) words[word] |= word_of(word, columns);
}

/// The same keys in every row: the words are made once.
void TileMask::add_rows(PositionRange queries, PositionRange keys) {
  const PositionRange inside = overlap(keys, keys_);
  const PositionRange columns{inside.begin - keys_.begin, inside.end - keys_.begin};
  for (std::int64_t word = 0; word < words_; ++word) {
    const std::uint64_t added = word_of(word, columns);
    std::uint64_t* words = bits_.data() + queries.begin % query_block_ * words_ + word;
    for (std::int64_t row = 0; row < queries.size(); ++row) words[row * words_] |= added;
  }
}

void TileMask::add(const Piece& piece) {
  const PositionRange queries = overlap(piece.queries, queries_);
  if (queries.empty()) return;
  if (piece.step == 1 && queries.end - 1 + piece.lo <= keys_.begin &&
      queries.begin + piece.hi >= keys_.end - 1) {
    return add_rows(queries, piece.keys);
  }
  for (std::int64_t q = queries.begin; q < queries.end; ++q) {
    const PositionRange keys = keys_within(piece, q, keys_);
    if (piece.step == 1) {
      add_keys(q, keys);
      continue;
    }
    const std::int64_t past = (keys.begin - q) % piece.step;
    const std::int64_t first = keys.begin + (past > 0 ? piece.step - past : -past);
    std::uint64_t* words = bits_.data() + q % query_block_ * words_;
    for (std::int64_t k = first; k < keys.end; k += piece.step) {
      const std::int64_t column = k - keys_.begin;
      words[column / 64] |= std::uint64_t{1} << column % 64;
    }
  }
}

void TileMask::invert() {
  const PositionRange columns{0, keys_.size()};
  for (std::int64_t q = queries_.begin; q < queries_.end; ++q) {
    std::uint64_t* words = bits_.data() + q % query_block_ * words_;
    for (std::int64_t word = 0; word < words_; ++word) {
      words[word] = ~words[word] & word_of(word, columns);
    }
  }
}

PositionRange TileMask::attended(std::int64_t q) const {
  const std::uint64_t* words = row(q);
  if (words_ == 1) {
    if (words[0] == 0) return {};
    return {keys_.begin + std::countr_zero(words[0]),
            keys_.begin + 64 - std::countl_zero(words[0])};
  }
  std::int64_t first = 0;
  std::int64_t last = words_ - 1;
  while (first < words_ && words[first] == 0) ++first;
  if (first == words_) return {};
  while (words[last] == 0) --last;
  return {keys_.begin + first * 64 + std::countr_zero(words[first]),
          keys_.begin + last * 64 + 64 - std::countl_zero(words[last])};
}

bool TileMask::holds_exactly(std::int64_t q, PositionRange keys) const {
  const PositionRange inside = overlap(keys, keys_);
  const PositionRange columns{inside.begin - keys_.begin, inside.end - keys_.begin};
  const std::uint64_t* words = row(q);
  for (std::int64_t word = 0; word < words_; ++word) {
    if (words[word] != word_of(word, columns)) return false;
  }
  return true;
}

std::optional<TileShape> TileMask::prefix_shape() const {
  const PositionRange keys{keys_.begin, attended(queries_.begin).end};
  for (std::int64_t q = queries_.begin; q < queries_.end; ++q) {
    if (!holds_exactly(q, keys)) return std::nullopt;
  }
  if (keys == keys_) return TileShape{TileKind::kFull};
  return TileShape{.kind = TileKind::kPrefix, .prefix = keys.size()};
}

std::optional<TileShape> TileMask::band_shape() const {
  std::int64_t lo = kOpenBand;
  std::int64_t hi = -kOpenBand;
  bool left = false;  // rows behind a band's last are empty, so that most masks end here
  for (std::int64_t q = queries_.begin; q < queries_.end; ++q) {
    const PositionRange keys = attended(q);
    if (keys.empty()) {
      left = lo != kOpenBand;
      continue;
    }
    if (left) return std::nullopt;
    lo = std::min(lo, keys.begin - q);
    hi = std::max(hi, keys.end - 1 - q);
  }
  for (std::int64_t q = queries_.begin; q < queries_.end; ++q) {
    if (!holds_exactly(q, {q + lo, q + hi + 1})) return std::nullopt;
  }
  const bool low_open = lo <= keys_.begin - (queries_.end - 1);
  const bool high_open = hi >= keys_.end - 1 - queries_.begin;
  return TileShape{
      .kind = TileKind::kBand, .lo = low_open ? -kOpenBand : lo, .hi = high_open ? kOpenBand : hi};
}

std::optional<TileShape> TileMask::shape() const {
  if (std::ranges::all_of(bits_, [](std::uint64_t word) { return word == 0; })) return {};
  if (const auto simple = prefix_shape()) return simple;
  if (const auto band = band_shape()) return band;
  return TileShape{.kind = TileKind::kBits};
}

}  // namespace heddle::attention
