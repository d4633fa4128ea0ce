#include "tests/bench/fma_peak.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/fma_peak.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `steps` rounds of 12 independent chains; gives the flop done and keeps the result alive.
double run_chains(long steps, float* sink) {
  const hn::CappedTag<float, 16> d;
  constexpr int kChains = 12;
  hn::Vec<decltype(d)> sums[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  const auto a = hn::Set(d, *sink);
  const auto b = hn::Set(d, 0.5f);
  for (long step = 0; step < steps; ++step) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sums[i] = hn::MulAdd(sums[i], a, b);
  }
#pragma GCC unroll 16
  for (int i = 1; i < kChains; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *sink = hn::GetLane(sums[0]);
  return 2.0 * kChains * static_cast<double>(hn::Lanes(d)) * static_cast<double>(steps);
}

const char* target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace heddle::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::bench {

HWY_EXPORT(run_chains);
HWY_EXPORT(target);

double fma_peak_gflops(int threads) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<double> flop(static_cast<std::size_t>(threads));
    std::vector<std::thread> pool;
    const auto start = std::chrono::steady_clock::now();
    for (double& mine : flop) {
      pool.emplace_back([&mine] {
        volatile float seed = 0.25f;
        float sink = seed;
        mine = HWY_DYNAMIC_DISPATCH(run_chains)(20'000'000, &sink);
        seed = sink;
      });
    }
    for (std::thread& thread : pool) thread.join();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    double total = 0;
    for (const double mine : flop) total += mine;
    best = std::max(best, total / wall.count() * 1e-9);
  }
  return best;
}

const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(target)(); }

}  // namespace heddle::bench
#endif  // HWY_ONCE
