// The register-tiled products and the exponential that the panel kernels share; compiled once per
// instruction set, in its own namespace, so that no symbol is shared between them. S = K Q^T and
// O = V^T P are both "rows of scalars times one panel": up to kMaxRows scalars are broadcast
// against the two vectors of a panel, 2 * kMaxRows accumulators stay in registers.

#include "attention/backend/cpu/attention_panel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <type_traits>

#if defined(HEDDLE_ATTENTION_MICRO_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef HEDDLE_ATTENTION_MICRO_INL_H
#undef HEDDLE_ATTENTION_MICRO_INL_H
#else
#define HEDDLE_ATTENTION_MICRO_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;
inline constexpr int kHalf = static_cast<int>(hn::MaxLanes(FloatTag()));
inline constexpr int kLanes = 2 * kHalf;
// 16 registers hold 6 x 2 accumulators, the panel's two vectors and the scalar; 32 hold 12 x 2.
inline constexpr int kMaxRows = HWY_TARGET <= HWY_AVX3 ? 12 : 6;

/// 2^x for x <= 0, relative error below 1.4 * 2^-23; 1 at 0, exactly; 0 below -126 and at -inf;
/// NaN stays NaN. x = n + f, |f| <= 1/2; 2^f by the minimax polynomial of degree 5 that is 1 at 0.
HWY_INLINE Floats exp2_of_negative(Floats x) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> di;
  const Floats rounder = hn::Set(d, 0x1.8p23f);  // adding it leaves round(x) in the low bits
  const Floats shifted = hn::Add(x, rounder);
  const Floats f = hn::Sub(x, hn::Sub(shifted, rounder));
  Floats p = hn::Set(d, 0x1.5bba14p-10f);
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.3cea88p-7f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.c6b752p-5f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.ebf9bcp-3f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e42ap-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0f));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  const Floats scaled = hn::BitCast(d, hn::Add(hn::BitCast(di, p), exponent));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -126.0f)), scaled);
}

/// to[r] = sum over c of rows[r][c] * panel[c], one chain of fused multiply-adds a lane; R rows.
template <int R>
HWY_INLINE void score_rows(const float* HWY_RESTRICT panel,
                           Rows rows,
                           int dim,
                           float* HWY_RESTRICT to) {
  const FloatTag d;
  Floats low[R];
  Floats high[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) low[r] = high[r] = hn::Zero(d);
  for (int c = 0; c < dim; ++c) {
    const Floats a = hn::Load(d, panel + c * kLanes);
    const Floats b = hn::Load(d, panel + c * kLanes + kHalf);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Floats scalar = hn::Set(d, rows.data[r * rows.stride + c]);
      low[r] = hn::MulAdd(scalar, a, low[r]);
      high[r] = hn::MulAdd(scalar, b, high[r]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    hn::Store(low[r], d, to + r * kLanes);
    hn::Store(high[r], d, to + r * kLanes + kHalf);
  }
}

/// out[r] = out[r] * scale + sum over k of rows[k][r] * panel[k]; R columns of the rows.
template <int R>
HWY_INLINE void weigh_columns(const float* HWY_RESTRICT panel,
                              Rows rows,
                              int count,
                              const float* HWY_RESTRICT scale,
                              float* HWY_RESTRICT out) {
  const FloatTag d;
  Floats low[R];
  Floats high[R];
  const Floats scale_low = hn::Load(d, scale);
  const Floats scale_high = hn::Load(d, scale + kHalf);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    low[r] = hn::Mul(hn::Load(d, out + r * kLanes), scale_low);
    high[r] = hn::Mul(hn::Load(d, out + r * kLanes + kHalf), scale_high);
  }
  for (int k = 0; k < count; ++k) {
    const Floats a = hn::Load(d, panel + k * kLanes);
    const Floats b = hn::Load(d, panel + k * kLanes + kHalf);
    const float* HWY_RESTRICT row = rows.data + k * rows.stride;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Floats scalar = hn::Set(d, row[r]);
      low[r] = hn::MulAdd(scalar, a, low[r]);
      high[r] = hn::MulAdd(scalar, b, high[r]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    hn::Store(low[r], d, out + r * kLanes);
    hn::Store(high[r], d, out + r * kLanes + kHalf);
  }
}

/// Calls body(std::integral_constant<int, rows>) for rows in 1 .. kMaxRows.
template <int R = kMaxRows, class Body>
HWY_INLINE void with_rows(int rows, const Body& body) {
  if constexpr (R > 1) {
    if (rows != R) {
      with_rows<R - 1>(rows, body);
      return;
    }
  }
  body(std::integral_constant<int, R>());
}

inline int groups_of(int count) { return (count + kMaxRows - 1) / kMaxRows; }

/// Asks for what is ahead, a share at each of `steps` steps, so that few lines are under way at
/// once.
class Fetch {
 public:
  Fetch(const Ahead& ahead, int steps) {
    for (const RowsAhead& rows : ahead) {
      if (rows.count > 0) parts_[used_++] = {&rows, 0, (rows.count + steps - 1) / steps};
    }
  }

  HWY_INLINE void step() {
    for (int i = 0; i < used_; ++i) ask(parts_[i]);
  }

 private:
  struct Part {
    const RowsAhead* rows;
    int at;
    int share;
  };

  static void ask(Part& part) {
    constexpr std::int64_t kLine = 64;
    const RowsAhead& rows = *part.rows;
    const int end = std::min(part.at + part.share, rows.count);
    for (; part.at < end; ++part.at) {
      const char* row = rows.data + (rows.order ? rows.order[part.at] : part.at) * rows.stride;
      for (std::int64_t byte = 0; byte < rows.row_bytes; byte += kLine) {
        __builtin_prefetch(row + byte, 0, 2);  // into the second cache: the first is full
      }
    }
  }

  Part parts_[std::tuple_size_v<Ahead>];
  int used_ = 0;
};

/// Cuts `count` rows into groups of at most kMaxRows whose sizes differ by at most one, so that no
/// small last group starves the multipliers: body(first row, std::integral_constant<int, rows>).
template <class Body>
HWY_INLINE void in_groups(int count, const Body& body) {
  const int groups = groups_of(count);
  int row = 0;
  for (int group = 0; group < groups; ++group) {
    const int rows = count / groups + (group < count % groups ? 1 : 0);
    with_rows(rows, [&](auto size) { body(row, size); });
    row += rows;
  }
}

/// scores[k] = keys[k] . queries for each lane; keys (count, dim), scores (count, lanes).
/// Fetches before each group of keys.
HWY_INLINE void score(
    const float* queries, Rows keys, int count, int dim, float* scores, Fetch* fetch = nullptr) {
  in_groups(count, [&](int key, auto size) {
    if (fetch) fetch->step();
    const Rows rows = {keys.data + key * keys.stride, keys.stride};
    score_rows<size()>(queries, rows, dim, scores + key * kLanes);
  });
}

/// out[c] = out[c] * scale + sum over k of values[k][c] * weights[k] for each lane. Fetches
/// before each group of columns.
HWY_INLINE void weigh(const float* weights,
                      Rows values,
                      int count,
                      int dim,
                      const float* scale,
                      float* out,
                      Fetch* fetch = nullptr) {
  in_groups(dim, [&](int column, auto size) {
    if (fetch) fetch->step();
    const Rows rows = {values.data + column, values.stride};
    weigh_columns<size()>(weights, rows, count, scale, out + column * kLanes);
  });
}

/// -inf where the mask lets a lane not see a key. Only keys [0, count) from bit `first` on.
HWY_INLINE void hide(const std::uint32_t* mask, int first, int count, float* scores) {
  const FloatTag d;
  const hn::RebindToUnsigned<FloatTag> du;
  const Floats none = hn::Set(d, -HUGE_VALF);
  for (int k = 0; k < count; ++k) {
    const int key = first + k;
    const auto bit = hn::Set(du, std::uint32_t{1} << (key % 32));
    const std::uint32_t* word = mask + key / 32 * kLanes;
    for (int half = 0; half < kLanes; half += kHalf) {
      const auto seen = hn::TestBit(hn::LoadU(du, word + half), bit);
      float* score = scores + k * kLanes + half;
      hn::Store(hn::IfThenElse(hn::RebindMask(d, seen), hn::Load(d, score), none), d, score);
    }
  }
}

/// scores := 2^(scale * (score - maximum)), their sum joins the state's; shrink := the factor by
/// which what was summed before shrinks. Lanes that have seen no key stay at maximum -inf, sum 0.
/// Without kScaled the scale is 1 and costs nothing.
template <bool kScaled>
HWY_INLINE void soften(int count,
                       float scale,
                       float* HWY_RESTRICT scores,
                       const PanelState& state,
                       float* HWY_RESTRICT shrink) {
  const FloatTag d;
  const Floats none = hn::Set(d, -HUGE_VALF);
  const auto power = [&](Floats distance) {
    if constexpr (kScaled) distance = hn::Mul(distance, hn::Set(d, scale));
    return exp2_of_negative(distance);
  };
  for (int half = 0; half < kLanes; half += kHalf) {
    const Floats before = hn::Load(d, state.max + half);
    Floats max = before;
    for (int k = 0; k < count; ++k) max = hn::Max(max, hn::Load(d, scores + k * kLanes + half));
    hn::Store(max, d, state.max + half);
    const Floats origin = hn::IfThenZeroElse(hn::Eq(max, none), max);
    Floats sum = hn::Zero(d);
    for (int k = 0; k < count; ++k) {
      float* score = scores + k * kLanes + half;
      const Floats weight = power(hn::Sub(hn::Load(d, score), origin));
      sum = hn::Add(sum, weight);
      hn::Store(weight, d, score);
    }
    const Floats factor = power(hn::Sub(before, origin));
    hn::Store(factor, d, shrink + half);
    hn::Store(hn::MulAdd(hn::Load(d, state.sum + half), factor, sum), d, state.sum + half);
  }
}

/// A block of rows that products add to.
struct RowSums {
  float* data;
  std::int64_t stride;
};

/// to[r] += sum over i of factors[r][i] * rows[i]; R rows, V vectors of columns.
template <int R, int V>
HWY_INLINE void add_rows(const float* HWY_RESTRICT factors, Rows rows, int count, RowSums to) {
  const FloatTag d;
  Floats sum[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[r][v] = hn::LoadU(d, to.data + r * to.stride + v * kHalf);
  }
  for (int i = 0; i < count; ++i) {
    const float* HWY_RESTRICT row = rows.data + i * rows.stride;
    Floats x[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) x[v] = hn::LoadU(d, row + v * kHalf);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Floats factor = hn::Set(d, factors[r * kLanes + i]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[r][v] = hn::MulAdd(factor, x[v], sum[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) hn::StoreU(sum[r][v], d, to.data + r * to.stride + v * kHalf);
  }
}

/// Keys' rows gain factors (key_count, lanes) times the queries' rows; columns in whole vectors.
/// Fetches before each group of keys of each two vectors.
HWY_INLINE void add_products(const float* factors,
                             int keys,
                             Rows rows,
                             int queries,
                             int columns,
                             RowSums to,
                             Fetch* fetch = nullptr) {
  const auto add = [&](int column, auto vectors) {
    in_groups(keys, [&](int key, auto size) {
      if (fetch) fetch->step();
      add_rows<size(), vectors()>(factors + key * kLanes,
                                  {rows.data + column, rows.stride},
                                  queries,
                                  {to.data + key * to.stride + column, to.stride});
    });
  };
  int column = 0;
  for (; column + kHalf < columns; column += kLanes) add(column, std::integral_constant<int, 2>());
  if (column < columns) add(column, std::integral_constant<int, 1>());
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#endif
