#include "attention/backend/cuda/tile_schedule.h"

#include "attention/backend/cuda/group_keys.h"
#include "tests/unit/attention/cuda/slow/schedules.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace heddle::attention::cuda::slow {
namespace {

constexpr std::int64_t kShortestPart = 32;

/// Keys that at least one group of the tile attends.
struct SharedKeys {
  KeyChunk chunk;
  std::array<HalfMask, kGroups> mask;
  std::array<bool, kGroups> whole{};
};

bool attended(const HalfMask& mask) { return mask.keys > 0; }

/// The two groups' lists, both ascending, as one.
std::vector<SharedKeys> merged(const std::array<std::vector<GroupKeys>, kGroups>& groups) {
  std::vector<SharedKeys> all;
  all.reserve(std::max(groups[0].size(), groups[1].size()) + 2);
  std::size_t at[kGroups] = {0, 0};
  while (at[0] < groups[0].size() || at[1] < groups[1].size()) {
    const bool first =
        at[1] == groups[1].size() ||
        (at[0] < groups[0].size() && groups[0][at[0]].chunk <= groups[1][at[1]].chunk);
    SharedKeys keys{.chunk = first ? groups[0][at[0]].chunk : groups[1][at[1]].chunk};
    for (int g = 0; g < kGroups; ++g) {
      if (at[g] == groups[g].size() || groups[g][at[g]].chunk != keys.chunk) continue;
      keys.mask[g] = groups[g][at[g]].mask;
      keys.whole[g] = groups[g][at[g]].whole;
      ++at[g];
    }
    all.push_back(keys);
  }
  return all;
}

/// Which two entries share a stage; the second may be missing (-1).
using Pairing = std::vector<std::pair<int, int>>;

Pairing pair_in_order(const std::vector<SharedKeys>& keys) {
  Pairing pairs;
  const int count = static_cast<int>(keys.size());
  for (int i = 0; i < count; i += 2) pairs.emplace_back(i, i + 1 < count ? i + 1 : -1);
  return pairs;
}

/// Pairs entries of both groups, of the first and of the second among themselves; the stages of one
/// group alone alternate, so that both are busy.
Pairing pair_by_group(const std::vector<SharedKeys>& keys) {
  std::array<std::vector<int>, 3> of;  // both, first, second
  for (int i = 0; i < static_cast<int>(keys.size()); ++i) {
    const auto& mask = keys[static_cast<std::size_t>(i)].mask;
    of[attended(mask[0]) ? (attended(mask[1]) ? 0 : 1) : 2].push_back(i);
  }
  Pairing pairs;
  std::vector<int> single;
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
    if (at[c] < of[c].size()) single.push_back(of[c][at[c]]);
  }
  for (std::size_t i = 0; i < single.size(); i += 2) {
    pairs.emplace_back(single[i], i + 1 < single.size() ? single[i + 1] : -1);
  }
  return pairs;
}

/// Appends stages to a schedule; equal masks are kept once.
class StageWriter {
 public:
  explicit StageWriter(TileSchedule& schedule) : schedule_(schedule) {}

  /// The stages of one tile, by the pairing that leaves the groups the least to do.
  void write(const std::vector<SharedKeys>& keys) {
    const Pairing in_order = pair_in_order(keys);
    const Pairing by_group = pair_by_group(keys);
    const Pairing& best = cost(keys, by_group) < cost(keys, in_order) ? by_group : in_order;
    for (const auto& [a, b] : best) schedule_.stages.push_back(stage(keys, a, b));
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
    if (masked) {
      const auto next = static_cast<std::int32_t>(schedule_.masks.size());
      const auto [found, fresh] = known_.try_emplace(mask_of(keys, a, b), next);
      if (fresh) schedule_.masks.push_back(found->first);
      made.mask = found->second;
    }
    return made;
  }

  TileSchedule& schedule_;
  std::map<StageMask, std::int32_t> known_;
};

std::vector<TileStages> write_tiles(const BlockPlan& plan, TileSchedule& schedule) {
  std::vector<TileStages> tiles;
  StageWriter writer(schedule);
  GroupReader reader(plan, schedule.bits);
  const std::int64_t end = plan.first_query + plan.queries;
  for (int head = 0; head < plan.heads; ++head) {
    for (std::int64_t q = plan.first_query / kTileQueries * kTileQueries; q < end;
         q += kTileQueries) {
      TileStages tile{.first_stage = static_cast<std::int64_t>(schedule.stages.size()),
                      .first_row = q - plan.first_query,
                      .head = head};
      writer.write(merged({reader.keys(head, q), reader.keys(head, q + kGroupQueries)}));
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
  return tiles;
}

}  // namespace

TileSchedule make_tile_schedule(const BlockPlan& plan, int heads, int strands, Items& items) {
  TileSchedule schedule{.queries = plan.queries, .heads = heads, .strands = strands};
  const std::vector<TileStages> tiles = write_tiles(plan, schedule);
  const Sharing sharing{.heads = plan.heads == 1 ? heads : 1, .strands = strands};
  items = slow::make_items(tiles, sharing, kShortestPart);
  if (head_by_head(tiles, items)) {
    std::ranges::stable_sort(
        items.items, {}, [](const Item& item) { return std::tuple(item.strand, item.head); });
  }
  return schedule;
}

}  // namespace heddle::attention::cuda::slow
