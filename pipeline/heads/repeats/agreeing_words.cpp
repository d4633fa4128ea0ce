#include "pipeline/heads/repeats/agreeing_words.h"

// Icelake and SSSE3 would repeat AVX3 and SSE4; the padding is for vectors of known size.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pipeline/heads/repeats/agreeing_words.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <bit>

HWY_BEFORE_NAMESPACE();
namespace heddle::pipeline {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<std::uint64_t, kWordPadding>;
using V = hn::Vec<Words>;
constexpr Words kTag;

/// Bits moved to later places, those of the word before behind them.
HWY_INLINE V later(V word, V before, int by) {
  return hn::Or(hn::ShiftLeftSame(word, by),
                hn::ShiftRightSame(hn::ShiftRight<1>(before), 63 - by));
}

HWY_INLINE V later_at(const std::uint64_t* words, std::ptrdiff_t word, int by) {
  return later(hn::LoadU(kTag, words + word), hn::LoadU(kTag, words + word - 1), by);
}

void compare(const BasePlanes& planes, std::size_t words, int distance, std::uint64_t* same) {
  const int whole = distance / 64, part = distance % 64;
  for (std::size_t i = 0; i < words; i += hn::Lanes(kTag)) {
    const std::ptrdiff_t back = static_cast<std::ptrdiff_t>(i) - whole;
    const V low = hn::Xor(hn::LoadU(kTag, planes.low + i), later_at(planes.low, back, part));
    const V high = hn::Xor(hn::LoadU(kTag, planes.high + i), later_at(planes.high, back, part));
    const V known = hn::And(hn::LoadU(kTag, planes.known + i), later_at(planes.known, back, part));
    hn::StoreU(hn::AndNot(hn::Or(low, high), known), kTag, same + i + 1);
  }
}

/// Bits at the ends of runs of seven (steps of 1, 2, 3) or nine (1, 2, 4, 1). Of the word before
/// only its last bits matter, and for those nothing before it.
HWY_INLINE V ends_of_runs(V word, V before, bool close) {
  const int steps[2][4] = {{1, 2, 4, 1}, {1, 2, 3, 0}};
  for (const int step : steps[close ? 1 : 0]) {
    word = hn::And(word, later(word, before, step));
    before = hn::And(before, hn::ShiftLeftSame(before, step));
  }
  return word;
}

/// How many bits are set of each four.
HWY_INLINE V fours(V bits) {
  const V one = hn::Set(kTag, 0x5555555555555555u), two = hn::Set(kTag, 0x3333333333333333u);
  bits = hn::Sub(bits, hn::And(hn::ShiftRight<1>(bits), one));
  return hn::Add(hn::And(bits, two), hn::And(hn::ShiftRight<2>(bits), two));
}

/// Bits set in windows that end at each four, of ever more fours: counts in bytes.
struct Windows {
  V here, before, even, odd;

  HWY_INLINE Windows(V word, V previous) : here(fours(word)), before(fours(previous)) {
    even = odd = hn::Zero(kTag);
    add(here);
  }
  template <int kFours>
  HWY_INLINE void longer() {
    add(hn::Or(hn::ShiftLeft<4 * kFours>(here), hn::ShiftRight<64 - 4 * kFours>(before)));
  }
  HWY_INLINE void add(V moved) {
    const V nibbles = hn::Set(kTag, 0x0f0f0f0f0f0f0f0fu);
    even = hn::Add(even, hn::And(moved, nibbles));
    odd = hn::Add(odd, hn::And(hn::ShiftRight<4>(moved), nibbles));
  }
  /// The highest bits of the bytes that have so many.
  HWY_INLINE V dense(std::uint64_t least) const {
    const V lift = hn::Set(kTag, (0x80 - least) * 0x0101010101010101u);
    return hn::Or(hn::Add(even, lift), hn::Add(odd, lift));
  }
};

void agreeing(const std::uint64_t* same,
              std::size_t words,
              bool close,
              std::vector<std::uint32_t>& found) {
  const V high_bits = hn::Set(kTag, 0x8080808080808080u);
  const std::size_t lanes = hn::Lanes(kTag);
  HWY_ALIGN std::uint64_t flags[hn::MaxLanes(kTag)];
  for (std::size_t i = 0; i < words; i += lanes) {
    const V word = hn::LoadU(kTag, same + i + 1), before = hn::LoadU(kTag, same + i);
    Windows windows(word, before);
    windows.longer<1>();
    windows.longer<2>();
    windows.longer<3>();
    V dense = close ? windows.dense(13) : hn::Zero(kTag);
    windows.longer<4>();
    windows.longer<5>();
    dense = hn::Or(dense, windows.dense(17));
    windows.longer<6>();
    windows.longer<7>();
    dense = hn::And(hn::Or(dense, windows.dense(21)), high_bits);
    const V flag = hn::Or(dense, ends_of_runs(word, before, close));
    if (hn::AllTrue(kTag, hn::Eq(flag, hn::Zero(kTag)))) continue;
    hn::Store(flag, kTag, flags);
    for (std::size_t lane = 0; lane < lanes && i + lane < words; ++lane) {
      if (flags[lane] != 0) found.push_back(static_cast<std::uint32_t>(i + lane));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::pipeline
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::pipeline {

HWY_EXPORT(compare);
HWY_EXPORT(agreeing);

void compare_words(const BasePlanes& planes, std::size_t words, int distance, std::uint64_t* same) {
  HWY_DYNAMIC_DISPATCH(compare)(planes, words, distance, same);
}

void agreeing_words(const std::uint64_t* same,
                    std::size_t words,
                    bool close,
                    std::vector<std::uint32_t>& found) {
  HWY_DYNAMIC_DISPATCH(agreeing)(same, words, close, found);
}

bool word_agrees(std::uint64_t before, std::uint64_t word, bool close) {
  const auto bit = [&](int place) {  // -64 to 63
    return static_cast<int>((place < 0 ? before >> (place + 64) : word >> place) & 1);
  };
  const auto window = [&](int end, int length) {
    int count = 0;
    for (int place = end - length; place < end; ++place) count += bit(place);
    return count;
  };
  const int run = close ? 7 : 9;
  for (int end = 1; end <= 64; ++end) {
    if (window(end, run) == run) return true;
    if (end % 4 != 0) continue;
    if (window(end, 24) >= 17 || window(end, 32) >= 21) return true;
    if (close && window(end, 16) >= 13) return true;
  }
  return false;
}

}  // namespace heddle::pipeline
#endif
