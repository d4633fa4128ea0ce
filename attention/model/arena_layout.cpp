#include "attention/model/arena_layout.h"

#include <algorithm>
#include <numeric>

namespace heddle::attention {
namespace {

struct Placed {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

std::int64_t round_up(std::int64_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

/// The lowest offset where `bytes` fit between neighbours, which ascend by begin.
std::int64_t lowest_gap(const std::vector<Placed>& neighbours, std::int64_t bytes) {
  std::int64_t at = 0;
  for (const Placed& placed : neighbours) {
    if (placed.begin >= at + bytes) break;
    at = std::max(at, placed.end);
  }
  return at;
}

}  // namespace

ArenaLayout lay_out(std::span<const Lifetime> lifetimes, std::span<const std::int64_t> sizes) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sizes[a] > sizes[b];
  });
  ArenaLayout layout;
  layout.offsets.resize(sizes.size());
  for (auto one = order.begin(); one != order.end(); ++one) {
    std::vector<Placed> neighbours;
    for (auto other = order.begin(); other != one; ++other) {
      if (!meet(lifetimes[*one], lifetimes[*other])) continue;
      const std::int64_t begin = layout.offsets[*other];
      neighbours.push_back({begin, begin + round_up(sizes[*other])});
    }
    std::sort(neighbours.begin(), neighbours.end(), [](const Placed& a, const Placed& b) {
      return a.begin < b.begin;
    });
    const std::int64_t bytes = round_up(sizes[*one]);
    layout.offsets[*one] = lowest_gap(neighbours, bytes);
    layout.bytes = std::max(layout.bytes, layout.offsets[*one] + bytes);
  }
  return layout;
}

}  // namespace heddle::attention
