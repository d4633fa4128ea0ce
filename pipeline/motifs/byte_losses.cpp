#include "pipeline/motifs/byte_losses.h"

// Icelake and SSSE3 would repeat AVX3 and SSE4; the padding is for vectors of known size.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pipeline/motifs/byte_losses.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <algorithm>
#include <bit>

HWY_BEFORE_NAMESPACE();
namespace heddle::pipeline {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

#if HWY_TARGET == HWY_SCALAR  // one lane has no table to look up in

HWY_INLINE void append(const SieveTask& task,
                       std::size_t at,
                       std::size_t strand,
                       std::vector<std::uint32_t>& found) {
  unsigned sum = 0;
  for (std::size_t column = 0; column < task.columns && sum < 255; ++column) {
    sum += task.rows[(column * 2 + strand) * kRowBytes + task.codes[at + column]];
  }
  if (sum < 255) found.push_back(static_cast<std::uint32_t>(at));
}

void sieve(const SieveTask& task,
           std::vector<std::uint32_t>& plus,
           std::vector<std::uint32_t>& minus) {
  for (std::size_t at = task.begin; at < task.end; ++at) {
    append(task, at, 0, plus);
    append(task, at, 1, minus);
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::ScalableTag<std::uint8_t>;
using V = hn::Vec<Bytes>;
constexpr Bytes kTag;
static_assert(4 * hn::MaxLanes(kTag) <= kCodePadding);

constexpr std::size_t kColumnsBetweenLooks = 8;

/// Sums of two vectors of positions, on both strands.
struct Sums {
  V plus[2];
  V minus[2];

  HWY_INLINE void add(const std::uint8_t* codes, const std::uint8_t* rows) {
    const std::size_t lanes = hn::Lanes(kTag);
    const V on_plus = hn::LoadDup128(kTag, rows);
    const V on_minus = hn::LoadDup128(kTag, rows + kRowBytes);
    for (std::size_t half = 0; half < 2; ++half) {
      const V code = hn::LoadU(kTag, codes + half * lanes);
      plus[half] = hn::SaturatedAdd(plus[half], hn::TableLookupBytes(on_plus, code));
      minus[half] = hn::SaturatedAdd(minus[half], hn::TableLookupBytes(on_minus, code));
    }
  }

  HWY_INLINE bool hopeless() const {
    const V least = hn::Min(hn::Min(plus[0], plus[1]), hn::Min(minus[0], minus[1]));
    return hn::AllTrue(kTag, hn::Eq(least, hn::Set(kTag, 255)));
  }
};

HWY_INLINE void append(V sums,
                       std::size_t first,
                       std::size_t end,
                       std::vector<std::uint32_t>& found) {
  HWY_ALIGN std::uint8_t bits[hn::MaxLanes(kTag) / 8 + 8] = {};
  hn::StoreMaskBits(kTag, hn::Lt(sums, hn::Set(kTag, 255)), bits);
  for (std::size_t byte = 0; byte < (hn::Lanes(kTag) + 7) / 8; ++byte) {
    for (unsigned left = bits[byte]; left != 0; left &= left - 1) {
      const std::size_t at = first + byte * 8 + static_cast<std::size_t>(std::countr_zero(left));
      if (at < end) found.push_back(static_cast<std::uint32_t>(at));
    }
  }
}

void sieve(const SieveTask& task,
           std::vector<std::uint32_t>& plus,
           std::vector<std::uint32_t>& minus) {
  const std::size_t lanes = hn::Lanes(kTag);
  const V zero = hn::Zero(kTag);
  for (std::size_t at = task.begin; at < task.end; at += 2 * lanes) {
    Sums sums{{zero, zero}, {zero, zero}};
    std::size_t column = 0;
    bool hopeless = false;
    while (column < task.columns && !hopeless) {
      const std::size_t until = std::min(column + kColumnsBetweenLooks, task.columns);
      for (; column < until; ++column) {
        sums.add(task.codes + at + column, task.rows + column * 2 * kRowBytes);
      }
      hopeless = sums.hopeless();
    }
    if (hopeless) continue;
    append(sums.plus[0], at, task.end, plus);
    append(sums.plus[1], at + lanes, task.end, plus);
    append(sums.minus[0], at, task.end, minus);
    append(sums.minus[1], at + lanes, task.end, minus);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace heddle::pipeline
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::pipeline {

HWY_EXPORT(sieve);

void sieve(const SieveTask& task,
           std::vector<std::uint32_t>& plus,
           std::vector<std::uint32_t>& minus) {
  HWY_DYNAMIC_DISPATCH(sieve)(task, plus, minus);
}

}  // namespace heddle::pipeline
#endif
