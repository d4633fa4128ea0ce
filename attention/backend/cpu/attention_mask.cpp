#include "attention/backend/cpu/attention_mask.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace heddle::attention::cpu {
namespace {

enum class Cover : std::uint8_t { kNone, kSome, kAll };

Cover cover_of(const Piece& piece, const PanelQueries& queries) {
  if (piece.run->kind == TileKind::kBits) return Cover::kSome;
  if (piece.run->kind != TileKind::kBand) return Cover::kAll;
  const std::int64_t nearest = piece.position - (queries.first + queries.count - 1);
  const std::int64_t farthest = piece.position + piece.keys - 1 - queries.first;
  if (farthest < piece.run->lo || nearest > piece.run->hi) return Cover::kNone;
  return nearest >= piece.run->lo && farthest <= piece.run->hi ? Cover::kAll : Cover::kSome;
}

/// The mask being filled, for one lane.
struct LaneBits {
  std::uint32_t* words;  // word w of the lane is words[w * lanes]
  int lanes;

  /// Sets bits at, at + 1, ... from `bits`, whose bits from `count` on are zero; count <= 64.
  void add(int at, std::uint64_t bits, int count) const {
    for (int done = 0; done < count;) {
      const int shift = (at + done) % 32;
      words[(at + done) / 32 * lanes] |= static_cast<std::uint32_t>((bits >> done) << shift);
      done += 32 - shift;
    }
  }

  void add_range(int begin, int end) const {
    for (int at = begin; at < end; at += 64) {
      const int count = std::min(end - at, 64);
      add(at, ~std::uint64_t{0} >> (64 - count), count);
    }
  }
};

void add_band(const Piece& piece, int at, std::int64_t query, LaneBits lane) {
  const std::int64_t begin = std::max<std::int64_t>(query + piece.run->lo - piece.position, 0);
  const std::int64_t end =
      std::min<std::int64_t>(query + piece.run->hi + 1 - piece.position, piece.keys);
  if (begin < end) lane.add_range(at + static_cast<int>(begin), at + static_cast<int>(end));
}

/// A piece begins at a block's first bit: blocks of a run and their bits are cut alike.
void add_bits(
    const BlockPlan& plan, const Piece& piece, int at, std::int64_t query, LaneBits lane) {
  const std::int64_t tile = piece.offset / plan.key_block;
  const std::int64_t row = tile * plan.query_block + query % plan.query_block;
  const std::int64_t first = piece.run->argument + row * ((plan.key_block + 63) / 64);
  for (int done = 0; done < piece.keys; done += 64) {
    const int count = std::min(piece.keys - done, 64);
    const std::uint64_t word = plan.bits[static_cast<std::size_t>(first + done / 64)];
    lane.add(at + done, word & (~std::uint64_t{0} >> (64 - count)), count);
  }
}

void fill(const BlockPlan& plan,
          const KeyTile& tile,
          const PanelQueries& queries,
          std::uint32_t* words) {
  std::fill_n(words, (tile.keys + 31) / 32 * queries.lanes, 0u);
  int at = 0;
  for (const Piece& piece : tile.pieces) {
    for (int i = 0; i < queries.count; ++i) {
      const LaneBits lane = {words + i, queries.lanes};
      if (piece.run->kind == TileKind::kBits) {
        add_bits(plan, piece, at, queries.first + i, lane);
      } else if (piece.run->kind == TileKind::kBand) {
        add_band(piece, at, queries.first + i, lane);
      } else {
        lane.add_range(at, at + piece.keys);
      }
    }
    at += piece.keys;
  }
}

Visible measure(const KeyTile& tile, const PanelQueries& queries, const std::uint32_t* words) {
  Visible seen = {.first = tile.keys};
  for (int word = 0; word < (tile.keys + 31) / 32; ++word) {
    const std::uint32_t* lanes = words + word * queries.lanes;
    std::uint32_t any = 0;
    for (int i = 0; i < queries.count; ++i) any |= lanes[i];
    if (any == 0) continue;
    seen.first = std::min(seen.first, word * 32 + std::countr_zero(any));
    seen.end = word * 32 + 32 - std::countl_zero(any);
  }
  if (seen.end == 0) return {};
  return seen;
}

/// Where all queries of a tile of bits attend the same stretch of keys, as a column summary is, or
/// what a group of queries chose: no mask is needed.
std::optional<Visible> common_stretch(const BlockPlan& plan,
                                      const KeyTile& tile,
                                      const PanelQueries& queries) {
  const Piece& piece = tile.pieces.front();
  if (tile.pieces.size() != 1 || piece.run->kind != TileKind::kBits || plan.key_block > 64) {
    return std::nullopt;
  }
  const std::int64_t row =
      piece.offset / plan.key_block * plan.query_block + queries.first % plan.query_block;
  const std::uint64_t* words = plan.bits.data() + piece.run->argument + row;
  const std::uint64_t held = ~std::uint64_t{0} >> (64 - piece.keys);
  std::uint64_t other = 0;
  for (int i = 1; i < queries.count; ++i) other |= words[i] ^ words[0];
  if ((other & held) != 0) return std::nullopt;
  const std::uint64_t common = words[0] & held;
  if (common == 0) return Visible();
  const int first = std::countr_zero(common);
  const int end = 64 - std::countl_zero(common);
  if (common >> first != ~std::uint64_t{0} >> (64 - (end - first))) return std::nullopt;
  return Visible{.first = first, .end = end, .all = true};
}

}  // namespace

Visible visible(const BlockPlan& plan,
                const KeyTile& tile,
                const PanelQueries& queries,
                std::uint32_t* words) {
  bool all = true;
  bool none = true;
  for (const Piece& piece : tile.pieces) {
    const Cover cover = cover_of(piece, queries);
    all = all && cover == Cover::kAll;
    none = none && cover == Cover::kNone;
  }
  if (none) return {};
  if (all) return {.first = 0, .end = tile.keys, .all = true};
  if (const auto stretch = common_stretch(plan, tile, queries)) return *stretch;
  fill(plan, tile, queries, words);
  return measure(tile, queries, words);
}

}  // namespace heddle::attention::cpu
