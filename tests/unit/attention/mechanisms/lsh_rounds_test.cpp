// Hashing attention against its definition, place by place, and over threads.

#include "attention/mechanisms/lsh_attention.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace heddle::attention {
namespace {

constexpr std::int64_t kHeads = 3;
constexpr std::int64_t kTokens = 240;
constexpr std::int64_t kDim = 6;

struct Case {
  std::mt19937_64 random{17};
  LshSpec spec;
  Tensor queries{random_rows({kHeads, kTokens, kDim}, random)};
  Tensor keys{random_rows({kHeads, kTokens, kDim}, random)};
  Tensor values{random_rows({kHeads, kTokens, kDim}, random)};
  Tensor out_gradient{random_rows({kHeads, kTokens, kDim}, random)};
  std::vector<std::int32_t> buckets;

  explicit Case(const LshSpec& of) : spec(of) {
    std::uniform_int_distribution<std::int32_t> draw(0, spec.buckets - 1);
    buckets.resize(static_cast<std::size_t>(kHeads * spec.rounds * kTokens));
    for (std::int32_t& bucket : buckets) bucket = draw(random);
  }
  LshArgs args(const Tensor& to) const {
    return {.spec = spec,
            .buckets = &buckets,
            .queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .scale = 0.4f,
            .out = to.view()};
  }
};

const float* row(const Tensor& of, std::int64_t head, std::int64_t token) {
  return of.view().at(0, head).at(0, token).as<float>();
}

/// Tokens by place: each round sorted by bucket, stably, round behind round.
std::vector<std::int64_t> tokens_of(const Case& some, std::int64_t head) {
  std::vector<std::int64_t> all;
  for (std::int64_t round = 0; round < some.spec.rounds; ++round) {
    const std::int32_t* buckets = some.buckets.data() + (head * some.spec.rounds + round) * kTokens;
    std::vector<std::int64_t> order(kTokens);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::int64_t token) { return buckets[token]; });
    all.insert(all.end(), order.begin(), order.end());
  }
  return all;
}

/// The definition of one token's output, in double: over its places, the other tokens of the
/// place's chunk and of the chunk before.
std::vector<double> defined(const Case& some, std::int64_t head, std::int64_t token) {
  const std::vector<std::int64_t> tokens = tokens_of(some, head);
  const auto places = static_cast<std::int64_t>(tokens.size());
  std::vector<double> out(kDim);
  double total = 0;
  for (std::int64_t place = 0; place < places; ++place) {
    if (tokens[static_cast<std::size_t>(place)] != token) continue;
    const std::int64_t own = place / some.spec.chunk;
    const std::int64_t before = own == 0 ? places / some.spec.chunk - 1 : own - 1;
    for (std::int64_t other = 0; other < places; ++other) {
      const std::int64_t chunk = other / some.spec.chunk;
      const std::int64_t key = tokens[static_cast<std::size_t>(other)];
      if (chunk != own && chunk != before) continue;
      if (some.spec.causal ? key >= token : key == token) continue;
      const float* q = row(some.queries, head, token);
      const double weight =
          std::exp(0.4 * std::inner_product(q, q + kDim, row(some.keys, head, key), 0.0));
      total += weight;
      for (std::size_t c = 0; c < kDim; ++c) out[c] += weight * row(some.values, head, key)[c];
    }
  }
  for (std::size_t c = 0; c < kDim; ++c) {
    out[c] = total > 0 ? out[c] / total : row(some.values, head, token)[c];
  }
  return out;
}

class LshDefinition : public testing::TestWithParam<LshSpec> {};

/// Chunks of whole blocks, of parts of blocks and across them; one chunk alone looks at itself.
INSTANTIATE_TEST_SUITE_P(Specs,
                         LshDefinition,
                         testing::Values(LshSpec{1, 8, 240, true},
                                         LshSpec{3, 8, 24, true},
                                         LshSpec{3, 8, 24, false},
                                         LshSpec{2, 30, 60, false},
                                         LshSpec{2, 4, 80, true}));

TEST_P(LshDefinition, IsMet) {
  const Case some(GetParam());
  const Tensor out = zeros_like(some.values);
  lsh_attention(backend("cpu"), some.args(out));
  for (std::int64_t head = 0; head < kHeads; ++head) {
    for (std::int64_t token = 0; token < kTokens; token += 7) {
      const std::vector<double> wanted = defined(some, head, token);
      for (std::size_t c = 0; c < kDim; ++c) {
        ASSERT_NEAR(row(out, head, token)[c], wanted[c], 2e-6)
            << "head " << head << ", token " << token;
      }
    }
  }
}

TEST(LshAttention, HasTheSameBitsOnAnyNumberOfThreads) {
  const Case some({3, 8, 24, true});
  const auto run_on = [&](int threads) {
    std::vector<Tensor> made;
    for (int i = 0; i < 4; ++i) made.push_back(zeros_like(some.values));
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
    tbb::task_arena(threads).execute([&] {
      lsh_attention_gradient(backend("cpu"),
                             {.forward = some.args(made[0]),
                              .out_gradient = some.out_gradient.view(),
                              .query_gradient = made[1].view(),
                              .key_gradient = made[2].view(),
                              .value_gradient = made[3].view()});
    });
    return made;
  };
  const auto one = run_on(1);
  const auto four = run_on(4);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(std::memcmp(one[i].view().data, four[i].view().data, one[i].bytes()), 0) << i;
  }
}

}  // namespace
}  // namespace heddle::attention
