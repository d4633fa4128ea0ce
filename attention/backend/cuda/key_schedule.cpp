#include "attention/backend/cuda/key_schedule.h"

#include "attention/backend/cuda/group_keys.h"
#include "attention/backend/cuda/item_list.h"
#include "attention/backend/cuda/key_pieces.h"
#include "attention/backend/cuda/mask_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::attention::cuda {
namespace {

constexpr std::int64_t kShortestPart = 64;

/// Appends stages to a schedule; equal masks are kept once.
class StageWriter {
 public:
  StageWriter(KeySchedule& schedule, const std::vector<std::uint64_t>& bits)
      : schedule_(schedule), bits_(bits), table_(schedule.masks) {}

  /// Stages [first, first + count) again, the rows within `moved` a tile later.
  void copy(std::int64_t first, std::int64_t count, const std::vector<HeadRows>& moved) {
    const std::size_t size = schedule_.stages.size();
    schedule_.stages.resize(size + static_cast<std::size_t>(count));
    const QueryStage* from = schedule_.stages.data() + first;
    QueryStage* to = schedule_.stages.data() + size;
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = from[i];
      for (const HeadRows& rows : moved) {
        const bool within =
            to[i].head == rows.head && from[i].row >= rows.first && from[i].row < rows.end;
        if (within) to[i].row += kTileQueries;
      }
    }
  }

  /// The stages of one tile: both groups' pieces, ascending.
  void write(const std::vector<Piece>& first, const std::vector<Piece>& second) {
    std::size_t at[kGroups] = {0, 0};
    const std::vector<Piece>* of[kGroups] = {&first, &second};
    while (at[0] < first.size() || at[1] < second.size()) {
      auto place = std::pair{std::numeric_limits<std::int16_t>::max(),
                             std::numeric_limits<std::int32_t>::max()};
      for (int g = 0; g < kGroups; ++g) {
        if (at[g] < of[g]->size()) place = std::min(place, (*of[g])[at[g]].place());
      }
      QueryStage stage{.row = place.second, .head = place.first};
      QueryMask mask;
      for (int g = 0; g < kGroups; ++g) {
        const std::size_t begin = at[g];
        while (at[g] < of[g]->size() && (*of[g])[at[g]].place() == place) ++at[g];
        const std::span<const Piece> pieces(of[g]->data() + begin, at[g] - begin);
        stage.kind[g] = join(pieces, mask.of[g]);
      }
      keep(stage, mask);
    }
  }

 private:
  /// What the pieces let attend together, rows and columns exchanged.
  StageKind join(std::span<const Piece> pieces, HalfMask& mask) {
    if (pieces.empty()) return kSkipped;
    const Piece& one = pieces[0];
    mask = {.lo = -one.mask.hi, .hi = -one.mask.lo, .keys = kGroupQueries};
    if (pieces.size() == 1 && one.shift == 0 && one.mask.keys == kHalfKeys && one.mask.bits < 0) {
      return one.whole ? kWhole : kMasked;
    }
    const auto words = exchanged(pieces);
    const auto is = [&](std::uint64_t wanted) {
      return std::all_of(words.begin(), words.end(), [=](auto word) { return word == wanted; });
    };
    mask = {.lo = -kGroupQueries - kHalfKeys, .hi = kGroupQueries + kHalfKeys, .keys = 64};
    if (is(0)) return kSkipped;
    if (is(~std::uint64_t{0})) return kWhole;
    mask.bits = keep(words);
    return kMasked;
  }

  using Words = std::array<std::uint64_t, kHalfKeys>;

  Words exchanged(std::span<const Piece> pieces) const {
    Words words{};
    for (const Piece& piece : pieces) {
      for (std::int64_t i = 0; i < kGroupQueries; ++i) {
        const std::uint64_t found = attended_bits(piece.mask, i, bits_);
        for (std::int64_t j = 0; j < kHalfKeys; ++j) {
          const std::int64_t slot = j + piece.shift;
          if (!(found >> j & 1) || slot < 0 || slot >= kHalfKeys) continue;
          words[static_cast<std::size_t>(slot)] |= std::uint64_t{1} << i;
        }
      }
    }
    return words;
  }

  std::int32_t keep(const Words& words) {
    const auto next = static_cast<std::int32_t>(schedule_.bits.size() / kHalfKeys);
    const auto [found, fresh] = known_words_.try_emplace(words, next);
    if (fresh) schedule_.bits.insert(schedule_.bits.end(), words.begin(), words.end());
    return found->second;
  }

  void keep(QueryStage stage, QueryMask mask) {
    bool masked = false;
    bool any = false;
    for (int g = 0; g < kGroups; ++g) {
      if (stage.kind[g] == kSkipped) mask.of[g] = HalfMask{};
      masked = masked || stage.kind[g] == kMasked;
      any = any || stage.kind[g] != kSkipped;
    }
    if (!any) return;
    if (masked) stage.mask = table_.index_of(mask);
    schedule_.stages.push_back(stage);
  }

  KeySchedule& schedule_;
  const std::vector<std::uint64_t>& bits_;
  MaskTable<QueryMask> table_;
  std::map<Words, std::int32_t> known_words_;
};

/// Drops the stages of the last tile where they are those of the tile before it.
void share_equal(KeySchedule& schedule, const TileStages& before, TileStages& tile) {
  if (tile.stages != before.stages) return;
  const auto first = schedule.stages.begin() + tile.first_stage;
  if (!std::equal(first, schedule.stages.end(), schedule.stages.begin() + before.first_stage)) {
    return;
  }
  schedule.stages.erase(first, schedule.stages.end());
  tile.first_stage = before.first_stage;
}

/// The stages of every tile for a plan that all heads share (the same for each key head), or of
/// each key head's tiles.
std::vector<TileStages> write_tiles(const BlockPlan& plan,
                                    const KeyShape& shape,
                                    KeySchedule& schedule) {
  const int share = shape.heads / shape.kv_heads;
  const int lists_of_heads = plan.heads == 1 ? 1 : shape.kv_heads;
  std::vector<std::uint64_t> bits;
  GroupReader reader(plan, bits);
  StageWriter writer(schedule, bits);
  KeyPieces pieces(shape);
  std::vector<HeadRows> moved;
  std::vector<TileStages> tiles;
  for (int kv_head = 0; kv_head < lists_of_heads; ++kv_head) {
    pieces.clear();
    for (int head = 0; head < share; ++head) {
      pieces.read(plan, plan.heads == 1 ? 0 : kv_head * share + head, head, reader);
    }
    for (std::size_t segment = 0; segment < shape.slots.size(); ++segment) {
      for (std::int64_t slot = 0; slot < shape.slots[segment]; slot += kTileQueries) {
        const auto at = static_cast<std::int64_t>(segment);
        TileStages tile{.first_stage = static_cast<std::int64_t>(schedule.stages.size()),
                        .first_row = slot,
                        .head = kv_head,
                        .segment = static_cast<std::int32_t>(segment)};
        if (slot > 0 && pieces.follows(at, slot / kTileQueries, moved)) {
          writer.copy(tiles.back().first_stage, tiles.back().stages, moved);
        } else {
          const auto [first, second] = pieces.find(at, slot / kTileQueries);
          writer.write(*first, *second);
        }
        tile.stages = static_cast<std::int64_t>(schedule.stages.size()) - tile.first_stage;
        if (!tiles.empty()) share_equal(schedule, tiles.back(), tile);
        tiles.push_back(tile);
      }
    }
  }
  return tiles;
}

void check_shape(const BlockPlan& plan, const KeyShape& shape) {
  const bool rows = plan.queries < std::numeric_limits<std::int32_t>::max() - kTileQueries;
  if (rows && shape.heads / shape.kv_heads <= std::numeric_limits<std::int16_t>::max()) return;
  throw std::invalid_argument("cuda attention: gradients over " + std::to_string(plan.queries) +
                              " queries and " + std::to_string(shape.heads) + " heads of " +
                              std::to_string(shape.kv_heads) +
                              " key heads; the most is 2^31 queries, 2^15 heads a key head");
}

}  // namespace

KeySchedule make_key_schedule(const BlockPlan& plan, const KeyShape& shape) {
  check_shape(plan, shape);
  KeySchedule schedule{.heads = shape.heads,
                       .kv_heads = shape.kv_heads,
                       .strands = shape.strands,
                       .queries = plan.queries,
                       .first_row = -(plan.first_query % kTileQueries)};
  const std::vector<TileStages> tiles = write_tiles(plan, shape, schedule);
  const Sharing sharing{.heads = plan.heads == 1 ? shape.kv_heads : 1, .strands = shape.strands};
  schedule.items =
      make_items(tiles, sharing, {.longest = longest_part(tiles, sharing, kShortestPart)});
  return schedule;
}

}  // namespace heddle::attention::cuda
