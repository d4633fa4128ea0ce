#pragma once
// A banded alignment of bases against a pattern repeated without end, base by base, until the best
// way has lost too much.
//
// A row is a base, a cell of it how many columns of the unrolled pattern are taken; the band's
// middle goes one column on with every base, one more or none where the best cell lies beside it.
// Scores are 16 bits: a match adds 2, so a piece has at most 8,192 bases. Threads: any.

#include "pipeline/heads/repeats/base_ring.h"

#include <cstdint>

namespace heddle::pipeline {

constexpr int kBandHalf = 10;
constexpr int kBandCells = 2 * kBandHalf + 1;
constexpr int kBandLanes = 24;  // cells, and room up to whole vectors

enum BandStep : std::uint8_t { kBoth, kBase, kPattern };  // what a step takes one of

struct BandRow {
  std::int64_t middle;            // column of the unrolled pattern at the band's middle
  std::uint8_t from[kBandLanes];  // by cell a BandStep
};

struct BandTask {
  const BaseRing& bases;
  std::int64_t at = 0;  // bases at, at + 1 ..., or at - 1, at - 2 ...
  bool forward = true;
  const std::uint8_t* pattern = nullptr;  // (period + kBandLanes) codes, as this way reads them
  int period = 0;
  int place = 0;           // of the pattern, where the first base stands
  int difference = 0;      // negative: what a mismatch or a base on one side only adds
  int drop = 0;            // the score may fall so far below the best
  std::int64_t least = 0;  // the best is at least taken at this row, if it is reached
  std::int64_t most = 0;   // rows
};

struct BandBest {
  int score = 0;
  std::int64_t row = 0;  // bases taken
  int cell = kBandHalf;
  std::int64_t rows = 0;  // looked at
};

/// Writes at most task.most rows. The first of equal cells is a row's best one.
BandBest grow_band(const BandTask& task, BandRow* rows);
/// The same, cell by cell.
BandBest grow_band_simply(const BandTask& task, BandRow* rows);

}  // namespace heddle::pipeline
