#include "attention/backend/cpu/bf16_rows.h"

// Icelake and SSSE3 would repeat AVX3 and SSE4; arrays of vectors need sizes known to the compiler.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/backend/cpu/bf16_rows.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "attention/backend/cpu/vector_rows-inl.h"
// clang-format on

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::cpu {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set

using U32 = hn::Repartition<std::uint32_t, F32>;
using U16 = hn::Rebind<std::uint16_t, U32>;

/// The upper halves, rounded to the nearest, ties to even; NaNs are made quiet and stay.
HWY_INLINE hn::Vec<U16> upper_halves(V x) {
  constexpr U32 kBits;
  const auto whole = hn::BitCast(kBits, x);
  const auto odd = hn::And(hn::ShiftRight<16>(whole), hn::Set(kBits, 1));
  const auto rounded = hn::Add(whole, hn::Add(odd, hn::Set(kBits, 0x7fff)));
  const auto nan = hn::Or(whole, hn::Set(kBits, 0x400000));
  const auto chosen = hn::IfThenElse(hn::RebindMask(kBits, hn::IsNaN(x)), nan, rounded);
  return hn::TruncateTo(U16(), hn::ShiftRight<16>(chosen));
}

void to_bf16(const float* in, std::uint16_t* out, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) {
    hn::StoreU(upper_halves(hn::LoadU(kTag, in + i)), U16(), out + i);
  }
  if (i == n) return;
  HWY_ALIGN std::uint16_t rest[hn::MaxLanes(kTag)];
  hn::StoreU(upper_halves(load_some(in + i, n - i)), U16(), rest);
  std::memcpy(out + i, rest, static_cast<std::size_t>(n - i) * sizeof(std::uint16_t));
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::cpu {

HWY_EXPORT(to_bf16);

void round_to_bf16(const float* in, std::uint16_t* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(to_bf16)(in, out, n);
}

}  // namespace heddle::attention::cpu
#endif  // HWY_ONCE
