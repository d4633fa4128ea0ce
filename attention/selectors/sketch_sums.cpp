#include "attention/selectors/sketch_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/selectors/sketch_sums.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention {
namespace HWY_NAMESPACE {  // every name below exists once per instruction set
namespace hn = hwy::HWY_NAMESPACE;

/// At most kKeyLanes lanes, so that a block's padding is whole vectors everywhere.
using Words = hn::CappedTag<std::uint64_t, kKeyLanes>;
constexpr Words kTag;

void sums(const SketchBlock& block, std::int64_t* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(kTag));
  const auto* codes = reinterpret_cast<const std::uint64_t*>(block.codes);
  for (std::int64_t key = 0; key < block.keys; key += lanes) {
    auto total = hn::Zero(kTag);
    for (std::int64_t word = 0; word < block.words; ++word) {
      const auto code = hn::LoadU(kTag, codes + word * block.keys + key);
      auto high = hn::Zero(kTag);
      for (int plane = kPlanes - 2; plane >= 0; --plane) {  // Horner's scheme
        const auto query = hn::Set(kTag, block.planes[plane * block.words + word]);
        high = hn::Add(hn::Add(high, high), hn::PopulationCount(hn::And(code, query)));
      }
      const auto sign = hn::Set(kTag, block.planes[(kPlanes - 1) * block.words + word]);
      const auto low = hn::ShiftLeft<kPlanes - 1>(hn::PopulationCount(hn::And(code, sign)));
      total = hn::Add(total, hn::Sub(high, low));
    }
    hn::StoreU(total, kTag, reinterpret_cast<std::uint64_t*>(out) + key);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention {

HWY_EXPORT(sums);

void sketch_sums(const SketchBlock& block, std::int64_t* sums) {
  HWY_DYNAMIC_DISPATCH(sums)(block, sums);
}

}  // namespace heddle::attention
#endif
