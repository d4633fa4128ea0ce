#include "attention/backend/cuda/item_list.h"

#include <algorithm>
#include <functional>
#include <span>

namespace heddle::attention::cuda {
namespace {

/// No schedule is cut finer than this many lanes times two parts.
constexpr std::int64_t kLanes = 132;
/// Up to this cost parts are counted, beyond it compared.
constexpr std::int32_t kCounted = 1 << 16;

/// What an item costs beside its stages: its queries, its first product, its output.
std::int32_t stages_and_one(std::int64_t, std::int32_t stages) { return stages + 1; }

void cut(const TileStages& tile, const ItemRule& rule, ItemList& list) {
  const auto parts = static_cast<std::int32_t>(
      std::max<std::int64_t>(1, (tile.stages + rule.longest - 1) / rule.longest));
  for (std::int32_t part = 0; part < parts; ++part) {
    const std::int64_t begin = tile.stages * part / parts;
    const std::int64_t first = tile.first_stage + begin;
    const auto stages = static_cast<std::int32_t>(tile.stages * (part + 1) / parts - begin);
    list.parts.push_back({.item = {.first_stage = first,
                                   .first_row = tile.first_row,
                                   .stages = stages,
                                   .head = tile.head,
                                   .partial = parts > 1 ? list.partials + part : -1,
                                   .segment = static_cast<std::int16_t>(tile.segment)},
                          .parts = parts,
                          .cost = rule.cost(first, stages)});
  }
  if (parts == 1) return;
  for (int i = 0; i < list.sharing.strands * list.sharing.heads; ++i, list.partials += parts) {
    list.merges.push_back({.first_row = tile.first_row,
                           .head = tile.head + i % list.sharing.heads,
                           .first = list.partials,
                           .parts = parts,
                           .segment = static_cast<std::int16_t>(tile.segment),
                           .strand = static_cast<std::int16_t>(i / list.sharing.heads)});
  }
}

/// Equal costs keep their order.
void dearest_first(std::span<SharedItem> parts) {
  std::int32_t most = 0;
  for (const SharedItem& part : parts) most = std::max(most, part.cost);
  if (most >= kCounted) {
    std::ranges::stable_sort(parts, std::greater<>(), &SharedItem::cost);
    return;
  }
  std::vector<std::int32_t> place(static_cast<std::size_t>(most) + 2);
  const auto key = [&](const SharedItem& part) {
    return static_cast<std::size_t>(most - part.cost);
  };
  for (const SharedItem& part : parts) ++place[key(part) + 1];
  for (std::size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
  std::vector<SharedItem> sorted(parts.size());
  for (const SharedItem& part : parts) sorted[static_cast<std::size_t>(place[key(part)]++)] = part;
  std::ranges::copy(sorted, parts.begin());
}

/// Sorts parts, which ascend by head: all together, or those of each head.
void sort_parts(std::vector<SharedItem>& parts, ItemOrder order) {
  if (order == ItemOrder::kLongestFirst) return dearest_first(parts);
  for (auto begin = parts.begin(); begin != parts.end();) {
    const auto end = std::find_if(begin, parts.end(), [&](const SharedItem& part) {
      return part.item.head != begin->item.head;
    });
    dearest_first({begin, end});
    begin = end;
  }
}

/// Appends runs of parts of equal cost and, sharer by sharer, one head, for these sharers.
void append_runs(ItemList& list, std::int32_t first_sharer, std::int32_t sharers) {
  const auto count = static_cast<std::int32_t>(list.parts.size());
  std::int64_t item = list.size();
  for (std::int32_t begin = 0; begin < count;) {
    const std::int32_t cost = list.parts[static_cast<std::size_t>(begin)].cost;
    std::int32_t end = begin + 1;
    while (end < count && list.parts[static_cast<std::size_t>(end)].cost == cost) ++end;
    list.runs.push_back({.first_item = item,
                         .first_part = begin,
                         .parts = end - begin,
                         .first_sharer = first_sharer,
                         .sharers = sharers,
                         .cost = cost});
    item += std::int64_t{end - begin} * sharers;
    begin = end;
  }
}

void find_runs(ItemList& list, ItemOrder order) {
  const std::int32_t sharers = list.sharing.strands * list.sharing.heads;
  if (list.parts.empty()) return;
  if (order == ItemOrder::kLongestFirst) return append_runs(list, 0, sharers);
  for (std::int32_t sharer = 0; sharer < sharers; ++sharer) append_runs(list, sharer, 1);
}

}  // namespace

std::int64_t ItemList::size() const {
  if (runs.empty()) return 0;
  return runs.back().first_item + std::int64_t{runs.back().parts} * runs.back().sharers;
}

std::vector<Item> ItemList::expanded() const {
  std::vector<Item> all;
  all.reserve(static_cast<std::size_t>(size()));
  for (const ItemRun& run : runs) {
    for (std::int32_t sharer = run.first_sharer; sharer < run.first_sharer + run.sharers;
         ++sharer) {
      for (std::int32_t part = run.first_part; part < run.first_part + run.parts; ++part) {
        const SharedItem& of = parts[static_cast<std::size_t>(part)];
        Item item = of.item;
        item.head += sharer % sharing.heads;
        item.strand = static_cast<std::int16_t>(sharer / sharing.heads);
        if (item.partial >= 0) item.partial += sharer * of.parts;
        all.push_back(item);
      }
    }
  }
  return all;
}

std::int64_t longest_part(const std::vector<TileStages>& tiles,
                          const Sharing& sharing,
                          std::int64_t shortest) {
  std::int64_t total = 0;
  for (const TileStages& tile : tiles) total += tile.stages * sharing.strands * sharing.heads;
  return std::max(shortest, total / (2 * kLanes));
}

ItemList make_items(const std::vector<TileStages>& tiles,
                    const Sharing& sharing,
                    const ItemRule& rule) {
  ItemRule known = rule;
  if (!known.cost) known.cost = stages_and_one;
  ItemList list{.sharing = sharing};
  list.parts.reserve(tiles.size());
  for (const TileStages& tile : tiles) cut(tile, known, list);
  sort_parts(list.parts, rule.order);
  find_runs(list, rule.order);
  return list;
}

}  // namespace heddle::attention::cuda
