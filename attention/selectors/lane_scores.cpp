#include "attention/selectors/lane_scores.h"

#include "attention/backend/cpu/attention_targets.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/selectors/lane_scores.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using LaneTag = hn::CappedTag<float, kSummaryLanes>;
using Lanes = hn::Vec<LaneTag>;

/// Chains in flight hide the additions' latency; each has one vector of accumulators.
constexpr std::size_t kChains = 8;

/// The lanes [offset, offset + a vector) of `count` jobs; `shared`: of one group of rows, which is
/// then loaded once for all.
template <std::size_t count, bool shared>
HWY_INLINE void products(const LaneJob* jobs,
                         std::int64_t dim,
                         std::int64_t chunk,
                         std::int64_t offset) {
  const LaneTag d;
  const float* queries[count];
  const float* rows[count];
  for (std::size_t j = 0; j < count; ++j) {
    queries[j] = jobs[j].query;
    rows[j] = jobs[j].rows + offset;
  }
  Lanes total[count];
  for (std::int64_t first = 0; first < dim; first += chunk) {
    Lanes sum[count];
    for (std::size_t j = 0; j < count; ++j) sum[j] = hn::Zero(d);
    for (std::int64_t i = first; i < first + chunk; ++i) {
      Lanes row = hn::LoadU(d, rows[0] + i * kSummaryLanes);
      for (std::size_t j = 0; j < count; ++j) {
        if (!shared && j > 0) row = hn::LoadU(d, rows[j] + i * kSummaryLanes);
        sum[j] = hn::Add(sum[j], hn::Mul(hn::Set(d, queries[j][i]), row));
      }
    }
    for (std::size_t j = 0; j < count; ++j) {
      total[j] = first == 0 ? sum[j] : hn::Add(total[j], sum[j]);
    }
  }
  for (std::size_t j = 0; j < count; ++j) hn::StoreU(total[j], d, jobs[j].out + offset);
}

template <std::size_t count>
HWY_INLINE void bounds(const LaneJob* jobs, std::int64_t dim, std::int64_t offset) {
  const LaneTag d;
  Lanes sum[count];
  for (std::size_t j = 0; j < count; ++j) sum[j] = hn::Zero(d);
  for (std::int64_t i = 0; i < dim; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      const Lanes query = hn::Set(d, jobs[j].query[i]);
      const Lanes a = hn::Mul(query, hn::LoadU(d, jobs[j].rows + i * kSummaryLanes + offset));
      const Lanes b = hn::Mul(query, hn::LoadU(d, jobs[j].highs + i * kSummaryLanes + offset));
      sum[j] = hn::Add(sum[j], hn::IfThenElse(hn::Gt(a, b), a, b));
    }
  }
  for (std::size_t j = 0; j < count; ++j) hn::StoreU(sum[j], d, jobs[j].out + offset);
}

void product_jobs(std::span<const LaneJob> jobs, std::int64_t dim, std::int64_t chunk) {
  const auto step = static_cast<std::int64_t>(hn::Lanes(LaneTag()));
  for (std::int64_t offset = 0; offset < kSummaryLanes; offset += step) {
    std::size_t j = 0;
    for (; j + kChains <= jobs.size(); j += kChains) {
      const bool shared = std::all_of(jobs.begin() + j + 1,
                                      jobs.begin() + j + kChains,
                                      [&](auto& job) { return job.rows == jobs[j].rows; });
      if (shared) {
        products<kChains, true>(jobs.data() + j, dim, chunk, offset);
      } else {
        products<kChains, false>(jobs.data() + j, dim, chunk, offset);
      }
    }
    for (; j < jobs.size(); ++j) products<1, true>(jobs.data() + j, dim, chunk, offset);
  }
}

void bound_jobs(std::span<const LaneJob> jobs, std::int64_t dim) {
  const auto step = static_cast<std::int64_t>(hn::Lanes(LaneTag()));
  for (std::int64_t offset = 0; offset < kSummaryLanes; offset += step) {
    std::size_t j = 0;
    for (; j + kChains <= jobs.size(); j += kChains) {
      bounds<kChains>(jobs.data() + j, dim, offset);
    }
    for (; j < jobs.size(); ++j) bounds<1>(jobs.data() + j, dim, offset);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::attention
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention {

HWY_EXPORT(product_jobs);
HWY_EXPORT(bound_jobs);

void lane_products(std::span<const LaneJob> jobs, std::int64_t dim, std::int64_t chunk) {
  HWY_DYNAMIC_DISPATCH(product_jobs)(jobs, dim, chunk);
}

void lane_bounds(std::span<const LaneJob> jobs, std::int64_t dim) {
  HWY_DYNAMIC_DISPATCH(bound_jobs)(jobs, dim);
}

}  // namespace heddle::attention
#endif  // HWY_ONCE
