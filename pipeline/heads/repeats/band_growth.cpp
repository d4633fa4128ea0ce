#include "pipeline/heads/repeats/band_growth.h"

// Eight cells are a vector wherever there are vectors: wider ones would repeat AVX2.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pipeline/heads/repeats/band_growth.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "pipeline/heads/repeats/band_walk.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace heddle::pipeline {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

#if HWY_TARGET == HWY_SCALAR  // no vectors of eight

BandBest grow(const BandTask& task, BandRow* rows) { return grow_band_simply(task, rows); }

#else

namespace hn = hwy::HWY_NAMESPACE;

using Cells = hn::FixedTag<std::int16_t, 8>;
using Bytes = hn::FixedTag<std::uint8_t, 8>;
using V = hn::Vec<Cells>;
constexpr Cells kTag;
constexpr Bytes kByteTag;
constexpr int kVectors = kBandLanes / 8;
static_assert(kVectors * 8 == kBandLanes && kBandCells > kBandLanes - 8);

/// Of each lane and those below it the most.
HWY_INLINE V most_so_far(V v) {
  // Lanes that a shift leaves empty are zeros, which would win over negative scores.
  alignas(16) static constexpr std::int16_t kLowest[3][8] = {
      {-32768}, {-32768, -32768}, {-32768, -32768, -32768, -32768}};
  v = hn::Max(v, hn::Or(hn::ShiftLeftLanes<1>(kTag, v), hn::Load(kTag, kLowest[0])));
  v = hn::Max(v, hn::Or(hn::ShiftLeftLanes<2>(kTag, v), hn::Load(kTag, kLowest[1])));
  return hn::Max(v, hn::Or(hn::ShiftLeftLanes<4>(kTag, v), hn::Load(kTag, kLowest[2])));
}

/// One row's scores. They stay in registers: what a row stores in whole vectors the next would read
/// across them, and wait.
struct Row {
  V cells[kVectors];

  HWY_INLINE V at(int i) const {
    return i >= 0 && i < kVectors ? cells[i] : hn::Set(kTag, kDeadScore);
  }
  /// Cell c has what cell c + by had.
  template <int by>
  HWY_INLINE Row moved() const {
    Row row;
    for (int i = 0; i < kVectors; ++i) {
      if constexpr (by < 0) {
        row.cells[i] = hn::CombineShiftRightLanes<8 + by>(kTag, at(i), at(i - 1));
      } else if constexpr (by > 0) {
        row.cells[i] = hn::CombineShiftRightLanes<by>(kTag, at(i + 1), at(i));
      } else {
        row.cells[i] = at(i);
      }
    }
    return row;
  }
};

/// The row after one more base; `both` has the scores of the cells from which the base and a column
/// lead here, `alone` those from which the base alone does.
HWY_INLINE Row next_row(Row both,
                        Row alone,
                        std::uint8_t base,
                        const std::uint8_t* pattern,
                        V cost,
                        std::uint8_t* from) {
  const V match = hn::Set(kTag, kBaseMatch), dead = hn::Set(kTag, kDeadScore);
  const V here = hn::Set(kTag, base), index = hn::Iota(kTag, 0);
  V first[kVectors], reached[kVectors], slope[kVectors];
  Row done;
  for (int i = 0; i < kVectors; ++i) {
    const V codes = hn::PromoteTo(kTag, hn::LoadU(kByteTag, pattern + 8 * i));
    const V step = hn::IfThenElse(hn::Eq(codes, here), match, cost);
    both.cells[i] = hn::Add(both.cells[i], step);
    alone.cells[i] = hn::Add(alone.cells[i], cost);
    first[i] = hn::Max(hn::Max(both.cells[i], alone.cells[i]), dead);
    // Columns without a base: the most of first[k] + (cell - k) * cost over all k up to the cell.
    slope[i] = hn::Mul(hn::Add(index, hn::Set(kTag, static_cast<std::int16_t>(8 * i))), cost);
    reached[i] = most_so_far(hn::Sub(first[i], slope[i]));
    if (i > 0) reached[i] = hn::Max(reached[i], hn::Broadcast<7>(reached[i - 1]));
    done.cells[i] = hn::Add(reached[i], slope[i]);
  }
  constexpr std::int16_t kInBand = kBandCells - 8 * (kVectors - 1);
  V& last = done.cells[kVectors - 1];
  last = hn::IfThenElse(hn::Lt(index, hn::Set(kTag, kInBand)), last, dead);
  const V one = hn::Set(kTag, std::int16_t{kBase}), two = hn::Set(kTag, std::int16_t{kPattern});
  for (int i = 0; i < kVectors; ++i) {
    const V without = hn::IfThenElseZero(hn::Gt(alone.cells[i], both.cells[i]), one);
    const V step = hn::IfThenElse(hn::Gt(done.cells[i], first[i]), two, without);
    hn::StoreU(hn::DemoteTo(kByteTag, step), kByteTag, from + 8 * i);
  }
  return done;
}

HWY_INLINE std::pair<int, int> best_of(const Row& row) {
  V most = row.cells[0];
  for (int i = 1; i < kVectors; ++i) most = hn::Max(most, row.cells[i]);
  most = hn::MaxOfLanes(kTag, most);
  int cell = 0;
  for (int i = 0; i < kVectors; ++i) {
    const auto at = hn::FindFirstTrue(kTag, hn::Eq(row.cells[i], most));
    if (at < 0) continue;
    cell = 8 * i + static_cast<int>(at);
    break;
  }
  return {cell, hn::GetLane(most)};
}

BandBest grow(const BandTask& task, BandRow* rows) {
  alignas(16) std::int16_t start[kBandLanes];
  std::fill_n(start, kBandLanes, kDeadScore);
  start[kBandHalf] = 0;
  Row row;
  for (int i = 0; i < kVectors; ++i) row.cells[i] = hn::Load(kTag, start + 8 * i);
  const V cost = hn::Set(kTag, static_cast<std::int16_t>(task.difference));
  BandWalk walk(task);
  while (walk.goes_on()) {
    const int drift = walk.step();
    rows->middle = walk.middle();
    const std::uint8_t base = walk.base();
    const std::uint8_t* const pattern = walk.pattern();
    std::uint8_t* const from = (rows++)->from;
    if (drift == 0) {
      row = next_row(row, row.moved<1>(), base, pattern, cost, from);
    } else if (drift > 0) {
      row = next_row(row.moved<1>(), row.moved<2>(), base, pattern, cost, from);
    } else {
      row = next_row(row.moved<-1>(), row, base, pattern, cost, from);
    }
    const auto [cell, score] = best_of(row);
    walk.reach(cell, score);
  }
  return walk.end();
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace heddle::pipeline
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::pipeline {

HWY_EXPORT(grow);

BandBest grow_band(const BandTask& task, BandRow* rows) {
  return HWY_DYNAMIC_DISPATCH(grow)(task, rows);
}

BandBest grow_band_simply(const BandTask& task, BandRow* rows) {
  constexpr int kPad = 2;
  std::int16_t scores[kPad + kBandLanes + kPad];
  std::ranges::fill(scores, kDeadScore);
  scores[kPad + kBandHalf] = 0;
  BandWalk walk(task);
  while (walk.goes_on()) {
    const int drift = walk.step();
    rows->middle = walk.middle();
    // Cells below are written only after those above were read.
    int before[kBandLanes + 1];
    for (int cell = 0; cell <= kBandLanes; ++cell) before[cell] = scores[kPad + drift + cell];
    int along = kDeadScore, best = 0;
    for (int cell = 0; cell < kBandCells; ++cell) {
      const bool same = walk.pattern()[cell] == walk.base();
      const int both = before[cell] + (same ? kBaseMatch : task.difference);
      const int alone = before[cell + 1] + task.difference;
      const int first = std::max({both, alone, int{kDeadScore}});
      along = std::max(along + task.difference, first);  // columns without a base
      rows->from[cell] = along > first ? kPattern : (alone > both ? kBase : kBoth);
      scores[kPad + cell] = static_cast<std::int16_t>(along);
      if (scores[kPad + cell] > scores[kPad + best]) best = cell;
    }
    walk.reach(best, scores[kPad + best]);
    ++rows;
  }
  return walk.end();
}

}  // namespace heddle::pipeline
#endif
