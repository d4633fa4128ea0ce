#include "tests/unit/attention/cuda/slow/schedules.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace heddle::attention::cuda::slow {
namespace {

/// No schedule is cut finer than this many lanes times two parts.
constexpr std::int64_t kLanes = 132;

/// A part of a tile; its partial is that of the first head, the next head's `parts` later.
struct TilePart {
  Item item;
  std::int32_t parts = 1;

  std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int64_t, std::int64_t> order() const {
    return {-item.stages, item.head, item.segment, item.first_row, item.first_stage};
  }
};

void cut(const TileStages& tile,
         const Sharing& sharing,
         std::int64_t longest,
         std::vector<TilePart>& all,
         Items& list) {
  const auto parts =
      static_cast<std::int32_t>(std::max<std::int64_t>(1, (tile.stages + longest - 1) / longest));
  for (std::int32_t part = 0; part < parts; ++part) {
    const std::int64_t begin = tile.stages * part / parts;
    all.push_back({{.first_stage = tile.first_stage + begin,
                    .first_row = tile.first_row,
                    .stages = static_cast<std::int32_t>(tile.stages * (part + 1) / parts - begin),
                    .head = tile.head,
                    .partial = parts > 1 ? list.partials + part : -1,
                    .segment = static_cast<std::int16_t>(tile.segment)},
                   parts});
  }
  for (int i = 0; i < sharing.strands * sharing.heads && parts > 1; ++i, list.partials += parts) {
    list.merges.push_back({.first_row = tile.first_row,
                           .head = tile.head + i % sharing.heads,
                           .first = list.partials,
                           .parts = parts,
                           .segment = static_cast<std::int16_t>(tile.segment),
                           .strand = static_cast<std::int16_t>(i / sharing.heads)});
  }
}

}  // namespace

Items make_items(const std::vector<TileStages>& tiles,
                 const Sharing& sharing,
                 std::int64_t shortest) {
  std::int64_t total = 0;
  const int shares = sharing.strands * sharing.heads;
  for (const TileStages& tile : tiles) total += tile.stages * shares;
  const std::int64_t longest = std::max(shortest, total / (2 * kLanes));
  Items list;
  std::vector<TilePart> parts;
  parts.reserve(tiles.size());
  for (const TileStages& tile : tiles) cut(tile, sharing, longest, parts, list);
  std::stable_sort(parts.begin(), parts.end(), [](const TilePart& a, const TilePart& b) {
    return a.order() < b.order();
  });
  list.items.reserve(parts.size() * static_cast<std::size_t>(shares));
  for (auto begin = parts.begin(); begin != parts.end();) {
    const auto end = std::find_if(begin, parts.end(), [&](const TilePart& part) {
      return part.item.stages != begin->item.stages;
    });
    for (int i = 0; i < shares; ++i) {
      for (auto part = begin; part != end; ++part) {
        Item item = part->item;
        item.head += i % sharing.heads;
        item.strand = static_cast<std::int16_t>(i / sharing.heads);
        if (item.partial >= 0) item.partial += i * part->parts;
        list.items.push_back(item);
      }
    }
    begin = end;
  }
  return list;
}

bool head_by_head(const std::vector<TileStages>& tiles, const Items& made) {
  std::set<std::int64_t> lengths;
  double sum = 0;
  for (const TileStages& tile : tiles) {
    lengths.insert(tile.stages);
    sum += static_cast<double>(tile.stages);
  }
  return lengths.size() >= 16 && made.merges.empty() &&
         static_cast<double>(*lengths.rbegin()) * static_cast<double>(tiles.size()) <= 4 * sum;
}

}  // namespace heddle::attention::cuda::slow
