#pragma once
// THE LIST of cases of the GPU benches: the rows of the speed table, bf16.

#include "attention/tensor/tensor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention::cuda {

struct Case {
  const char* name;
  const char* pattern;
  std::int64_t tokens;
  std::int64_t dim;
  int block = 64;
  std::int64_t heads = 16;
};

inline constexpr std::int64_t k32 = 32768;
inline constexpr std::int64_t k128 = 131072;
inline constexpr std::int64_t k512 = 524288;
inline constexpr std::int64_t k1M = 1048576;

inline const Case kCases[] = {
    {"dense-d128-32k", "dense()", k32, 128},
    {"dense-d64-32k", "dense()", k32, 64},
    {"causal-d128-32k", "dense(causal)", k32, 128},
    {"causal-d64-32k", "dense(causal)", k32, 64},
    {"window-d128-32k", "window(1024,causal)", k32, 128},
    {"window-d128-128k", "window(1024,causal)", k128, 128},
    {"window-d128-512k", "window(1024,causal)", k512, 128},
    {"window-d64-32k", "window(1024,causal)", k32, 64},
    {"window-d64-1m", "window(1024,causal)", k1M, 64},
    {"longformer-d128-32k", "window(512) | global(0:128)", k32, 128},
    {"longformer-d128-128k", "window(512) | global(0:128)", k128, 128},
    {"longformer-d128-512k", "window(512) | global(0:128)", k512, 128},
    {"bigbird64-d128-32k",
     "window(64) | global(0:128) | random(3,seed=7,block=64,of=512)",
     k32,
     128},
    {"bigbird64-d128-128k",
     "window(64) | global(0:128) | random(3,seed=7,block=64,of=2048)",
     k128,
     128},
    {"bigbird128-d128-32k",
     "window(128) | global(0:256) | random(3,seed=7,block=128,of=256)",
     k32,
     128,
     128},
    {"bigbird128-d128-128k",
     "window(128) | global(0:256) | random(3,seed=7,block=128,of=1024)",
     k128,
     128,
     128},
    {"random5-d128-32k", "random(13,seed=1,block=128,of=256)", k32, 128, 128},
    {"random10-d128-32k", "random(26,seed=1,block=128,of=256)", k32, 128, 128},
    {"random25-d128-32k", "random(64,seed=1,block=128,of=256)", k32, 128, 128},
    {"strided-d128-32k", "strided(128)", k32, 128},
    {"strided-d128-128k", "strided(128)", k128, 128},
    {"strided-local-d128-32k", "strided(128,causal) | window(128,causal)", k32, 128},
    {"strided-local-d128-128k", "strided(128,causal) | window(128,causal)", k128, 128},
    {"dilated-d128-32k", "dilated(512,4)", k32, 128},
    {"dilated-d128-128k", "dilated(512,4)", k128, 128},
};

/// All of them where no name is given. Throws for a name that is none.
inline std::vector<Case> chosen_cases(const std::vector<std::string>& names) {
  if (names.empty()) return {std::begin(kCases), std::end(kCases)};
  std::vector<Case> chosen;
  for (const std::string& name : names) {
    const auto* found = std::find_if(
        std::begin(kCases), std::end(kCases), [&](const Case& one) { return name == one.name; });
    if (found == std::end(kCases)) throw std::runtime_error("no case is called " + name);
    chosen.push_back(*found);
  }
  return chosen;
}

/// Unit normal bf16 numbers; the pool is repeated from another place for each tensor.
inline Tensor random_tensor(const Case& shape, std::uint64_t seed) {
  constexpr std::int64_t kPool = (1 << 20) + 7;
  static const std::vector<BFloat16> pool = [] {
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    std::vector<BFloat16> made(kPool);
    for (BFloat16& x : made) x = bfloat16_from(normal(random));
    return made;
  }();
  Tensor made(DType::kBF16, {shape.heads, shape.tokens, shape.dim});
  auto* to = made.view().as<BFloat16>();
  std::int64_t from = static_cast<std::int64_t>(seed) * 123457 % kPool;
  for (std::int64_t left = made.view().size(); left > 0;) {
    const std::int64_t count = std::min(left, kPool - from);
    std::memcpy(to, pool.data() + from, static_cast<std::size_t>(count) * sizeof(BFloat16));
    to += count;
    left -= count;
    from = 0;
  }
  return made;
}

}  // namespace heddle::attention::cuda
