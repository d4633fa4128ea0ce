#include "attention/backend/cuda/tile_schedule.h"

#include "attention/backend/cuda/group_keys.h"
#include "attention/backend/cuda/item_list.h"
#include "attention/backend/cuda/mask_table.h"
#include "attention/backend/cuda/moved_rows.h"

#include <algorithm>
#include <array>
#include <compare>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace heddle::attention::cuda {
namespace {

constexpr std::int64_t kShortestPart = 32;
constexpr std::int64_t kManyLengths = 16;

/// Keys that at least one group of the tile attends.
struct SharedKeys {
  KeyChunk chunk;
  std::array<HalfMask, kGroups> mask;
  std::array<bool, kGroups> whole{};
};

bool attended(const HalfMask& mask) { return mask.keys > 0; }

using KeyLists = std::array<const std::vector<GroupKeys>*, kGroups>;

/// The two groups' lists, both ascending, as one. False where each entry is of both.
bool merge(const KeyLists& groups, std::vector<SharedKeys>& all) {
  all.clear();
  bool apart = false;
  const GroupKeys* at[kGroups] = {groups[0]->data(), groups[1]->data()};
  const GroupKeys* const end[kGroups] = {at[0] + groups[0]->size(), at[1] + groups[1]->size()};
  while (at[0] != end[0] || at[1] != end[1]) {
    const auto order = at[1] == end[1]   ? std::strong_ordering::less
                       : at[0] == end[0] ? std::strong_ordering::greater
                                         : at[0]->chunk <=> at[1]->chunk;
    SharedKeys& keys = all.emplace_back();
    keys.chunk = (order <= 0 ? at[0] : at[1])->chunk;
    apart = apart || order != 0;
    const bool takes[kGroups] = {order <= 0, order >= 0};
    for (int g = 0; g < kGroups; ++g) {
      if (!takes[g]) continue;
      keys.mask[g] = at[g]->mask;
      keys.whole[g] = at[g]->whole;
      ++at[g];
    }
  }
  return apart;
}

/// Which two entries share a stage; the second may be missing (-1).
using Pairing = std::vector<std::pair<int, int>>;

void pair_in_order(const std::vector<SharedKeys>& keys, Pairing& pairs) {
  pairs.clear();
  const int count = static_cast<int>(keys.size());
  for (int i = 0; i < count; i += 2) pairs.emplace_back(i, i + 1 < count ? i + 1 : -1);
}

/// Pairs entries of both groups, of the first and of the second among themselves; the stages of one
/// group alone alternate, so that both are busy. `of` is scratch: both, first, second.
void pair_by_group(const std::vector<SharedKeys>& keys,
                   std::array<std::vector<int>, 3>& of,
                   Pairing& pairs) {
  pairs.clear();
  for (auto& list : of) list.clear();
  for (int i = 0; i < static_cast<int>(keys.size()); ++i) {
    const auto& mask = keys[static_cast<std::size_t>(i)].mask;
    of[attended(mask[0]) ? (attended(mask[1]) ? 0 : 1) : 2].push_back(i);
  }
  int single[3];
  std::size_t singles = 0;
  std::size_t at[3] = {0, 0, 0};
  for (; at[0] + 1 < of[0].size(); at[0] += 2) pairs.emplace_back(of[0][at[0]], of[0][at[0] + 1]);
  for (bool more = true; more;) {
    more = false;
    for (int g = 1; g <= kGroups; ++g) {
      if (at[g] + 1 >= of[g].size()) continue;
      pairs.emplace_back(of[g][at[g]], of[g][at[g] + 1]);
      at[g] += 2;
      more = true;
    }
  }
  for (int c : {1, 2, 0}) {
    if (at[c] < of[c].size()) single[singles++] = of[c][at[c]];
  }
  for (std::size_t i = 0; i < singles; i += 2) {
    pairs.emplace_back(single[i], i + 1 < singles ? single[i + 1] : -1);
  }
}

/// Appends stages to a schedule; equal masks are kept once.
class StageWriter {
 public:
  explicit StageWriter(TileSchedule& schedule) : schedule_(schedule), table_(schedule.masks) {}

  /// The stages of one tile, by the pairing that leaves the groups the least to do.
  void write(const KeyLists& groups) {
    const bool apart = merge(groups, keys_);
    pair_in_order(keys_, in_order_);
    bool by_group = false;
    if (apart) {
      pair_by_group(keys_, of_group_, by_group_);
      by_group = cost(keys_, by_group_) < cost(keys_, in_order_);
    }
    for (const auto& [a, b] : by_group ? by_group_ : in_order_) {
      schedule_.stages.push_back(stage(keys_, a, b));
    }
  }

  /// The stages of `tile` again, moved; so many tiles may be alike.
  void copy(const TileStages& tile, const Move& move, std::int64_t alike) {
    const std::int64_t first = tile.first_stage;
    const std::int64_t count = tile.stages;
    const std::size_t size = schedule_.stages.size();
    const std::size_t wanted = size + static_cast<std::size_t>(count);
    if (wanted > schedule_.stages.capacity()) {
      schedule_.stages.reserve(size + static_cast<std::size_t>(count * alike));
    }
    schedule_.stages.resize(wanted);
    const Stage* from = schedule_.stages.data() + first;
    Stage* to = schedule_.stages.data() + size;
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = from[i];
      for (std::int32_t& slot : to[i].slot) {
        if (slot >= move.from) slot += static_cast<std::int32_t>(move.slots);
      }
    }
  }

 private:
  static StageMask mask_of(const std::vector<SharedKeys>& keys, int a, int b) {
    StageMask mask;
    for (int g = 0; g < kGroups; ++g) {
      mask.of[g][0] = keys[static_cast<std::size_t>(a)].mask[g];
      if (b >= 0) mask.of[g][1] = keys[static_cast<std::size_t>(b)].mask[g];
    }
    return mask;
  }

  static StageKind kind_of(const std::vector<SharedKeys>& keys, int a, int b, int group) {
    const SharedKeys& first = keys[static_cast<std::size_t>(a)];
    const SharedKeys* second = b >= 0 ? &keys[static_cast<std::size_t>(b)] : nullptr;
    const bool any = attended(first.mask[group]) || (second && attended(second->mask[group]));
    if (!any) return kSkipped;
    return first.whole[group] && second && second->whole[group] ? kWhole : kMasked;
  }

  static std::int64_t cost(const std::vector<SharedKeys>& keys, const Pairing& pairs) {
    std::int64_t sum = 0;
    for (const auto& [a, b] : pairs) {
      for (int g = 0; g < kGroups; ++g) {
        const StageKind kind = kind_of(keys, a, b, g);
        sum += kind == kSkipped ? 1 : kind == kWhole ? 8 : 9;
      }
    }
    return sum;
  }

  Stage stage(const std::vector<SharedKeys>& keys, int a, int b) {
    Stage made;
    const int index[2] = {a, b >= 0 ? b : a};
    for (int h = 0; h < 2; ++h) {
      const KeyChunk& chunk = keys[static_cast<std::size_t>(index[h])].chunk;
      made.slot[h] = static_cast<std::int32_t>(chunk.slot);
      made.segment[h] = static_cast<std::uint8_t>(chunk.segment);
    }
    bool masked = false;
    for (int g = 0; g < kGroups; ++g) {
      made.kind[g] = kind_of(keys, a, b, g);
      masked = masked || made.kind[g] == kMasked;
    }
    if (masked) made.mask = table_.index_of(mask_of(keys, a, b));
    return made;
  }

  TileSchedule& schedule_;
  MaskTable<StageMask> table_;
  std::vector<SharedKeys> keys_;
  Pairing in_order_;
  Pairing by_group_;
  std::array<std::vector<int>, 3> of_group_;
};

/// Drops the stages of the last tile where they are those of the tile before it.
void share_equal(TileSchedule& schedule, const TileStages& before, TileStages& tile) {
  if (tile.stages != before.stages) return;
  const auto first = schedule.stages.begin() + tile.first_stage;
  if (!std::equal(first, schedule.stages.end(), schedule.stages.begin() + before.first_stage)) {
    return;
  }
  schedule.stages.erase(first, schedule.stages.end());
  tile.first_stage = before.first_stage;
}

std::vector<TileStages> write_tiles(const BlockPlan& plan, TileSchedule& schedule) {
  std::vector<TileStages> tiles;
  StageWriter writer(schedule);
  GroupReader reader(plan, schedule.bits);
  const MovedRows moved(plan, kTileQueries, kTileQueries);
  const std::int64_t begin = plan.first_query / kTileQueries * kTileQueries;
  const std::int64_t end = plan.first_query + plan.queries;
  tiles.reserve(static_cast<std::size_t>(plan.heads * ((end - begin) / kTileQueries + 1)));
  for (int head = 0; head < plan.heads; ++head) {
    for (std::int64_t q = begin; q < end; q += kTileQueries) {
      TileStages tile{.first_stage = static_cast<std::int64_t>(schedule.stages.size()),
                      .first_row = q - plan.first_query,
                      .head = head};
      const auto move = q == begin ? std::nullopt : moved.at(head, q);
      if (move && move->slots == 0) {
        tile.first_stage = tiles.back().first_stage;
        tile.stages = tiles.back().stages;
      } else {
        if (move) {
          writer.copy(tiles.back(), *move, (end - q) / kTileQueries + 1);
        } else {
          const auto& first = reader.keys(head, q);
          writer.write({&first, &reader.keys(head, q + kGroupQueries)});
        }
        tile.stages = static_cast<std::int64_t>(schedule.stages.size()) - tile.first_stage;
        if (!tiles.empty()) share_equal(schedule, tiles.back(), tile);
      }
      tiles.push_back(tile);
    }
  }
  return tiles;
}

/// Where tiles are of many lengths and none stands out, as under a causal mask, heads come one
/// after the other; else the longest comes first, whosever it is.
ItemRule rule_of(const std::vector<TileStages>& tiles, const Sharing& sharing) {
  ItemRule rule{.longest = longest_part(tiles, sharing, kShortestPart)};
  std::int64_t total = 0;
  std::int64_t most = 0;
  for (const TileStages& tile : tiles) {
    total += tile.stages;
    most = std::max(most, tile.stages);
  }
  if (most < kManyLengths || most > rule.longest || most * std::ssize(tiles) > 4 * total)
    return rule;
  std::vector<bool> met(static_cast<std::size_t>(most) + 1);
  for (const TileStages& tile : tiles) met[static_cast<std::size_t>(tile.stages)] = true;
  if (std::ranges::count(met, true) >= kManyLengths) rule.order = ItemOrder::kHeadByHead;
  return rule;
}

void check_addressable(const BlockPlan& plan) {
  for (const TileRun& run : plan.runs) {
    if (run.first_slot + run.keys > std::numeric_limits<std::int32_t>::max() || run.segment > 255) {
      throw std::invalid_argument("cuda attention: a run of the plan starts at slot " +
                                  std::to_string(run.first_slot) + " of segment " +
                                  std::to_string(run.segment) +
                                  "; the device addresses 2^31 slots of 256 segments");
    }
  }
}

}  // namespace

TileSchedule make_tile_schedule(const BlockPlan& plan, int heads, int strands) {
  check_addressable(plan);
  TileSchedule schedule{.queries = plan.queries, .heads = heads, .strands = strands};
  const std::vector<TileStages> tiles = write_tiles(plan, schedule);
  const Sharing sharing{.heads = plan.heads == 1 ? heads : 1, .strands = strands};
  schedule.items = make_items(tiles, sharing, rule_of(tiles, sharing));
  return schedule;
}

}  // namespace heddle::attention::cuda
