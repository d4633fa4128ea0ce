#include "attention/bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <numeric>
#include <thread>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/bench/peak.cpp"
// foreach_target.h must come before whatever includes highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace heddle::attention::bench {
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
}  // namespace heddle::attention::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::attention::bench {

HWY_EXPORT(run_chains);
HWY_EXPORT(target);

namespace {

Time now() {
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now().time_since_epoch();
  return {.wall = wall.count(), .processor = static_cast<double>(std::clock()) / CLOCKS_PER_SEC};
}

double run_thread() {
  volatile float seed = 0.25f;
  float sink = seed;
  const double flop = HWY_DYNAMIC_DISPATCH(run_chains)(20'000'000, &sink);
  seed = sink;
  return flop;
}

}  // namespace

Stopwatch::Stopwatch() : start_(now()) {}

Time Stopwatch::elapsed() const {
  const Time end = now();
  return {.wall = end.wall - start_.wall, .processor = end.processor - start_.processor};
}

FmaPeak fma_peak(int threads) {
  FmaPeak best;
  for (int round = 0; round < 7; ++round) {
    std::vector<double> flop(static_cast<std::size_t>(threads));
    std::vector<std::thread> pool;
    pool.reserve(static_cast<std::size_t>(threads));
    const Stopwatch watch;
    for (double& mine : flop) {
      pool.emplace_back([&mine] { mine = run_thread(); });
    }
    for (std::thread& thread : pool) thread.join();
    const Time took = watch.elapsed();
    const double total = std::accumulate(flop.begin(), flop.end(), 0.0) * 1e-9;
    best.wall = std::max(best.wall, total / took.wall);
    best.processor = std::max(best.processor, total / took.processor);
  }
  return best;
}

double copy_bandwidth(int threads) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;  // a thread
  const auto count = static_cast<std::size_t>(threads);
  std::vector<std::vector<char>> from(count, std::vector<char>(kBytes, 1));
  std::vector<std::vector<char>> to(count, std::vector<char>(kBytes, 2));
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> pool;
    pool.reserve(static_cast<std::size_t>(threads));
    const Stopwatch watch;
    for (std::size_t i = 0; i < count; ++i) {
      pool.emplace_back([&, i] { std::memcpy(to[i].data(), from[i].data(), kBytes); });
    }
    for (std::thread& thread : pool) thread.join();
    const double moved = 2e-9 * static_cast<double>(kBytes) * threads;
    best = std::max(best, moved / watch.elapsed().wall);
  }
  return best;
}

const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(target)(); }

}  // namespace heddle::attention::bench
#endif  // HWY_ONCE
