#include "attention/backend/cpu/attention_tiles.h"

#include <algorithm>

namespace heddle::attention::cpu {

Piece piece_of(const BlockPlan& plan, const TileRun& run, std::int64_t tile) {
  const std::int64_t offset = tile * plan.key_block;
  // A prefix run ends with its prefix: what it hides needs no mask.
  const std::int64_t end = run.kind == TileKind::kPrefix ? run.argument : run.keys;
  const std::int64_t keys = std::min<std::int64_t>(end - offset, plan.key_block);
  return {.run = &run,
          .offset = offset,
          .position = run.first_key + offset,
          .keys = static_cast<int>(std::max<std::int64_t>(keys, 0))};
}

TileWalk::TileWalk(const AttentionArgs& args, const Range& range, std::vector<Piece>& scratch)
    : args_(args), plan_(*args.plan), pieces_(scratch), left_(range.count) {
  const auto row = static_cast<std::size_t>(range.row);
  run_ = plan_.row_begin[row];
  end_run_ = plan_.row_begin[row + 1];
  tile_ = range.first;
  while (run_ < end_run_ && tile_ >= plan_.runs[static_cast<std::size_t>(run_)].count) {
    tile_ -= plan_.runs[static_cast<std::size_t>(run_++)].count;
  }
  pieces_.clear();
}

int TileWalk::set_of(const Piece& piece) const {
  return args_.segments[static_cast<std::size_t>(piece.run->segment)].query_set;
}

/// Collects the pieces of the next key block, by position.
void TileWalk::load_block() {
  pieces_.clear();
  used_ = 0;
  while (left_ > 0 && run_ < end_run_) {
    const TileRun& run = plan_.runs[static_cast<std::size_t>(run_)];
    const Piece piece = piece_of(plan_, run, tile_);
    const std::int64_t block = piece.position / plan_.key_block;
    if (!pieces_.empty() && block != block_) return;
    block_ = block;
    if (piece.keys > 0) {
      const auto later = [&](const Piece& other) { return other.position > piece.position; };
      pieces_.insert(std::find_if(pieces_.begin(), pieces_.end(), later), piece);
    }
    --left_;
    if (++tile_ == run.count) {
      tile_ = 0;
      ++run_;
    }
  }
}

bool TileWalk::next(KeyTile& tile) {
  if (used_ == pieces_.size()) load_block();
  if (pieces_.empty()) return false;
  const std::size_t begin = used_;
  tile = {.block = block_, .query_set = set_of(pieces_[begin])};
  std::int64_t end = pieces_[begin].position;
  while (used_ < pieces_.size() && pieces_[used_].position >= end &&
         set_of(pieces_[used_]) == tile.query_set) {
    end = pieces_[used_].position + pieces_[used_].keys;
    tile.keys += pieces_[used_++].keys;
  }
  tile.pieces = std::span(pieces_).subspan(begin, used_ - begin);
  return true;
}

std::optional<Piece> TileWalk::ahead() const {
  if (used_ < pieces_.size()) return pieces_[used_];
  if (left_ == 0 || run_ == end_run_) return std::nullopt;
  return piece_of(plan_, plan_.runs[static_cast<std::size_t>(run_)], tile_);
}

}  // namespace heddle::attention::cpu
