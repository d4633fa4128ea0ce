#include "attention/backend/cuda/key_schedule.h"

#include "attention/backend/cuda/group_keys.h"
#include "tests/unit/attention/cuda/slow/schedules.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::attention::cuda::slow {
namespace {

constexpr std::int64_t kShortestPart = 64;

/// Keys of one group of 64 slots that 64 queries attend: key j of the mask is slot j + shift.
struct Piece {
  std::int32_t row = 0;
  std::int32_t shift = 0;
  std::int16_t head = 0;
  bool whole = false;
  HalfMask mask;

  std::pair<std::int16_t, std::int32_t> place() const { return {head, row}; }
};

/// The pieces of each group of 64 slots, by head and query.
class PieceLists {
 public:
  explicit PieceLists(const KeyShape& shape) {
    for (const std::int64_t slots : shape.slots) {
      first_.push_back(static_cast<std::int64_t>(lists_.size()));
      const std::int64_t groups = (slots + kTileQueries - 1) / kTileQueries * kGroups;
      lists_.resize(lists_.size() + static_cast<std::size_t>(groups));
      last_.push_back(groups - 1);
    }
  }

  std::int64_t last_group(std::int64_t segment) const {
    return last_[static_cast<std::size_t>(segment)];
  }

  std::vector<Piece>& of(std::int64_t segment, std::int64_t group) {
    return lists_[static_cast<std::size_t>(first_[static_cast<std::size_t>(segment)] + group)];
  }

  void clear() {
    for (auto& list : lists_) list.clear();
  }

 private:
  std::vector<std::vector<Piece>> lists_;
  std::vector<std::int64_t> first_, last_;
};

/// Reads a plan head's rows into pieces, as head `head` of those that share a key head.
void read_head(
    const BlockPlan& plan, int plan_head, int head, GroupReader& reader, PieceLists& lists) {
  const std::int64_t end = plan.first_query + plan.queries;
  for (std::int64_t q = plan.first_query / kGroupQueries * kGroupQueries; q < end;
       q += kGroupQueries) {
    for (const GroupKeys& keys : reader.keys(plan_head, q)) {
      const std::int64_t first = keys.chunk.slot / kHalfKeys;
      const std::int64_t last = std::min((keys.chunk.slot + keys.mask.keys - 1) / kHalfKeys,
                                         lists.last_group(keys.chunk.segment));
      for (std::int64_t group = first; group <= last; ++group) {
        lists.of(keys.chunk.segment, group)
            .push_back({.row = static_cast<std::int32_t>(q - plan.first_query),
                        .shift = static_cast<std::int32_t>(keys.chunk.slot - group * kHalfKeys),
                        .head = static_cast<std::int16_t>(head),
                        .whole = keys.whole,
                        .mask = keys.mask});
      }
    }
  }
}

/// Appends stages to a schedule; equal masks are kept once.
class StageWriter {
 public:
  StageWriter(KeySchedule& schedule, const std::vector<std::uint64_t>& bits)
      : schedule_(schedule), bits_(bits) {}

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
    if (masked) {
      const auto next = static_cast<std::int32_t>(schedule_.masks.size());
      const auto [found, fresh] = known_.try_emplace(mask, next);
      if (fresh) schedule_.masks.push_back(mask);
      stage.mask = found->second;
    }
    schedule_.stages.push_back(stage);
  }

  KeySchedule& schedule_;
  const std::vector<std::uint64_t>& bits_;
  std::map<QueryMask, std::int32_t> known_;
  std::map<Words, std::int32_t> known_words_;
};

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
  PieceLists lists(shape);
  std::vector<TileStages> tiles;
  for (int kv_head = 0; kv_head < lists_of_heads; ++kv_head) {
    lists.clear();
    for (int head = 0; head < share; ++head) {
      read_head(plan, plan.heads == 1 ? 0 : kv_head * share + head, head, reader, lists);
    }
    for (std::size_t segment = 0; segment < shape.slots.size(); ++segment) {
      for (std::int64_t slot = 0; slot < shape.slots[segment]; slot += kTileQueries) {
        const auto at = static_cast<std::int64_t>(segment);
        TileStages tile{.first_stage = static_cast<std::int64_t>(schedule.stages.size()),
                        .first_row = slot,
                        .head = kv_head,
                        .segment = static_cast<std::int32_t>(segment)};
        writer.write(lists.of(at, slot / kHalfKeys), lists.of(at, slot / kHalfKeys + 1));
        tile.stages = static_cast<std::int64_t>(schedule.stages.size()) - tile.first_stage;
        // Stages that the tile before has too are its stages.
        if (!tiles.empty() && tiles.back().stages == tile.stages &&
            std::equal(schedule.stages.begin() + tile.first_stage,
                       schedule.stages.end(),
                       schedule.stages.begin() + tiles.back().first_stage)) {
          schedule.stages.resize(static_cast<std::size_t>(tile.first_stage));
          tile.first_stage = tiles.back().first_stage;
        }
        tiles.push_back(tile);
      }
    }
  }
  return tiles;
}

}  // namespace

KeySchedule make_key_schedule(const BlockPlan& plan, const KeyShape& shape, Items& items) {
  KeySchedule schedule{.heads = shape.heads,
                       .kv_heads = shape.kv_heads,
                       .strands = shape.strands,
                       .queries = plan.queries,
                       .first_row = -(plan.first_query % kTileQueries)};
  const std::vector<TileStages> tiles = write_tiles(plan, shape, schedule);
  const Sharing sharing{.heads = plan.heads == 1 ? shape.kv_heads : 1, .strands = shape.strands};
  items = slow::make_items(tiles, sharing, kShortestPart);
  return schedule;
}

}  // namespace heddle::attention::cuda::slow
