#include "attention/patterns/row_sweep.h"

#include <algorithm>

namespace heddle::attention {

RowSweep::RowSweep(int query_block, int key_block)
    : key_block_(key_block), mask_(query_block, key_block) {}

void RowSweep::start(const Region& region) {
  region_ = region;
  touched_.clear();
  full_.clear();
  active_.clear();
  next_touched_ = 0;
  next_full_ = 0;
  tile_ = 0;
  for (std::size_t i = 0; i < pieces_.size(); ++i) add_piece(i);
  std::ranges::sort(touched_, {}, [](const Span& s) { return std::pair(s.begin, s.piece); });
  merge_full();
}

void RowSweep::add_piece(std::size_t index) {
  Piece& piece = pieces_[index];
  piece.queries = overlap(piece.queries, region_.queries);
  if (piece.queries.empty()) return;
  const PositionRange reach{piece.queries.begin + piece.lo, piece.queries.end + piece.hi};
  piece.keys = overlap(piece.keys, region_.keys);
  const PositionRange met = overlap(piece.keys, reach);
  if (met.empty()) return;
  touched_.push_back({met.begin / key_block_, (met.end - 1) / key_block_ + 1, index});
  if (piece.step == 1 && piece.queries == region_.queries) add_full(piece);
}

/// The tiles whose every key in the region meets every query of the row.
void RowSweep::add_full(const Piece& piece) {
  const PositionRange common{region_.queries.end - 1 + piece.lo,
                             region_.queries.begin + piece.hi + 1};
  const PositionRange keys = overlap(piece.keys, common);
  if (keys.empty()) return;
  const bool from_start = keys.begin == region_.keys.begin;
  const bool to_end = keys.end == region_.keys.end;
  const std::int64_t begin =
      from_start ? keys.begin / key_block_ : (keys.begin + key_block_ - 1) / key_block_;
  const std::int64_t end = to_end ? (keys.end - 1) / key_block_ + 1 : keys.end / key_block_;
  if (begin < end) full_.push_back({begin, end});
}

void RowSweep::merge_full() {
  if (full_.size() < 2) return;
  std::ranges::sort(full_, {}, &Span::begin);
  std::size_t last = 0;
  for (std::size_t i = 1; i < full_.size(); ++i) {
    if (full_[i].begin <= full_[last].end) {
      full_[last].end = std::max(full_[last].end, full_[i].end);
    } else {
      full_[++last] = full_[i];
    }
  }
  full_.resize(last + 1);
}

PositionRange RowSweep::keys_of(std::int64_t tile) const {
  return overlap({tile * key_block_, (tile + 1) * key_block_}, region_.keys);
}

bool RowSweep::settle() {
  std::erase_if(active_, [&](const Span& s) { return s.end <= tile_; });
  if (active_.empty()) {
    if (next_touched_ == touched_.size()) return false;
    tile_ = std::max(tile_, touched_[next_touched_].begin);
  }
  for (; next_touched_ < touched_.size() && touched_[next_touched_].begin <= tile_;
       ++next_touched_) {
    if (touched_[next_touched_].end > tile_) active_.push_back(touched_[next_touched_]);
  }
  return true;
}

/// A lone piece that limits every row alike is a band or a prefix by its own words: the kind that
/// its mask would give.
std::optional<TileShape> RowSweep::simple_shape() const {
  const Piece& piece = pieces_[active_.front().piece];
  if (active_.size() > 1 || piece.step != 1 || piece.queries != region_.queries ||
      piece.queries.size() < 2) {
    return std::nullopt;
  }
  const PositionRange keys = keys_of(tile_);
  const bool low_open = piece.lo <= keys.begin - (piece.queries.end - 1);
  const bool high_open = piece.hi >= keys.end - 1 - piece.queries.begin;
  if (piece.keys.begin > keys.begin) return std::nullopt;
  if (piece.keys.end < keys.end) {
    if (!low_open || !high_open) return std::nullopt;
    return TileShape{.kind = TileKind::kPrefix, .prefix = piece.keys.end - keys.begin};
  }
  return TileShape{.kind = TileKind::kBand,
                   .lo = low_open ? -kOpenBand : piece.lo,
                   .hi = high_open ? kOpenBand : piece.hi};
}

std::optional<TileShape> RowSweep::tile_shape() {
  if (const auto simple = simple_shape()) return simple;
  mask_.start(region_.queries, keys_of(tile_));
  for (const Span& span : active_) mask_.add(pieces_[span.piece]);
  return mask_.shape();
}

bool RowSweep::next(Stretch& stretch) {
  while (settle()) {
    if (active_.empty()) continue;
    while (next_full_ < full_.size() && full_[next_full_].end <= tile_) ++next_full_;
    if (next_full_ < full_.size() && full_[next_full_].begin <= tile_) {
      stretch = {tile_, full_[next_full_].end - tile_, {}};
      tile_ = full_[next_full_].end;
      return true;
    }
    const std::optional<TileShape> shape = tile_shape();
    ++tile_;
    if (!shape) continue;
    stretch = {tile_ - 1, 1, *shape};
    return true;
  }
  return false;
}

}  // namespace heddle::attention
