// Gated blocks: what they read by definition, and gradients as slopes of the soft choice.

#include "attention/mechanisms/gated_blocks.h"

#include "attention/mechanisms/unit_rows.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 30;
constexpr std::int64_t kBlock = 4;
constexpr double kScale = 0.5;

struct Case {
  std::mt19937_64 random{71};
  Tensor queries = random_rows({2, kTokens, 5}, random);
  Tensor keys = random_rows({2, kTokens, 5}, random);
  Tensor values = random_rows({2, kTokens, 3}, random);
  Tensor out_gradient = random_rows({2, kTokens, 3}, random);
  Tensor out{DType::kF32, {2, kTokens, 3}};
  GatedSpec spec = {.block = kBlock, .gate = {.top = 2, .temperature = 0.7f}};

  MechanismCall call(const TensorView& to) const {
    return {.queries = queries.view(),
            .keys = keys.view(),
            .values = values.view(),
            .scale = kScale,
            .learning = true,
            .out = to};
  }
};

double at(const Tensor& of, std::int64_t head, std::int64_t row, std::int64_t c) {
  return of.view().at(0, head).at(0, row).as<float>()[c];
}

double product(const Case& some, std::int64_t head, std::int64_t q, std::int64_t k) {
  double sum = 0;
  for (int c = 0; c < 5; ++c) sum += at(some.queries, head, q, c) * at(some.keys, head, k, c);
  return kScale * sum;
}

std::vector<double> gate_logits(const Case& some, std::int64_t head, std::int64_t q) {
  std::vector<double> logits;
  for (std::int64_t b = 0; b < q / kBlock; ++b) {
    double sum = 0;
    for (std::int64_t k = b * kBlock; k < (b + 1) * kBlock; ++k) sum += product(some, head, q, k);
    logits.push_back(sum / kBlock);
  }
  return logits;
}

/// What block b gives a query, times what is asked of the query's output.
double worth(const Case& some, std::int64_t head, std::int64_t q, std::int64_t b) {
  double total = 0;
  double sum = 0;
  for (std::int64_t k = b * kBlock; k < (b + 1) * kBlock; ++k) {
    const double weight = std::exp(product(some, head, q, k));
    total += weight;
    for (int c = 0; c < 3; ++c) {
      sum += weight * at(some.values, head, k, c) * at(some.out_gradient, head, q, c);
    }
  }
  return sum / total;
}

std::vector<std::size_t> best_two(const std::vector<double>& logits) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < logits.size(); ++i) order.push_back(i);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return logits[a] > logits[b]; });
  order.resize(std::min<std::size_t>(order.size(), 2));
  return order;
}

template <class Body>
void for_each_query(const Body& body) {
  for (std::int64_t head = 0; head < 2; ++head) {
    for (std::int64_t q = 0; q < kTokens; ++q) body(head, q);
  }
}

TEST(GatedBlocks, GiveTheSumOfTheBestBlocksEachByItsOwnSoftmax) {
  const Case some;
  gated_blocks(backend("cpu"), some.spec, some.call(some.out.view()));
  for_each_query([&](std::int64_t head, std::int64_t q) {
    double wanted = 0;
    double got = 0;
    for (const std::size_t b : best_two(gate_logits(some, head, q))) {
      wanted += worth(some, head, q, static_cast<std::int64_t>(b));
    }
    for (int c = 0; c < 3; ++c) got += at(some.out, head, q, c) * at(some.out_gradient, head, q, c);
    ASSERT_NEAR(got, wanted, 1e-5) << head << ", " << q;
  });
}

/// The loss that straight through means: what was read, as it changes, and the soft choice of what
/// every block gave before anything changed.
class Surrogate {
 public:
  explicit Surrogate(const Case& some) : some_(some) {
    for_each_query([&](std::int64_t head, std::int64_t q) {
      const auto logits = gate_logits(some, head, q);
      chosen_.push_back(best_two(logits));
      std::vector<double>& held = held_.emplace_back();
      for (std::size_t b = 0; b < logits.size(); ++b) {
        held.push_back(worth(some, head, q, static_cast<std::int64_t>(b)));
      }
    });
  }
  double operator()() const {
    double loss = 0;
    std::size_t i = 0;
    for_each_query([&](std::int64_t head, std::int64_t q) {
      for (const std::size_t b : chosen_[i]) {
        loss += worth(some_, head, q, static_cast<std::int64_t>(b));
      }
      const auto logits = gate_logits(some_, head, q);
      double total = 0;
      double sum = 0;
      for (std::size_t b = 0; b < logits.size(); ++b) {
        const double weight =
            std::exp(logits[b] / static_cast<double>(some_.spec.gate.temperature));
        total += weight;
        sum += weight * held_[i][b];
      }
      if (total > 0) loss += sum / total;
      ++i;
    });
    return loss;
  }

 private:
  const Case& some_;
  std::vector<std::vector<std::size_t>> chosen_;
  std::vector<std::vector<double>> held_;
};

TEST(GatedBlocks, GradientsAreSlopesOfTheChoiceMadeSoft) {
  const Case some;
  const Tensor dq = zeros_like(some.queries.view());
  const Tensor dk = zeros_like(some.keys.view());
  const Tensor dv = zeros_like(some.values.view());
  gated_blocks_gradient(backend("cpu"),
                        some.spec,
                        {.forward = some.call(some.out.view()),
                         .out_gradient = some.out_gradient.view(),
                         .query_gradient = dq.view(),
                         .key_gradient = dk.view(),
                         .value_gradient = dv.view()});
  const Surrogate loss(some);
  expect_slopes(loss, some.queries, dq, "queries");
  expect_slopes(loss, some.keys, dk, "keys");
  const auto read = [&] {
    gated_blocks(backend("cpu"), some.spec, some.call(some.out.view()));
    return weighted_sum(some.out, some.out_gradient);
  };
  expect_slopes(read, some.values, dv, "values");
}

TEST(GatedBlocks, DrawByNoiseOnlyWhileLearning) {
  Case some;
  some.spec.seed = 3;
  const Tensor quiet = zeros_like(some.out.view());
  MechanismCall call = some.call(quiet.view());
  call.learning = false;
  gated_blocks(backend("cpu"), some.spec, call);
  const Tensor noisy = zeros_like(some.out.view());
  gated_blocks(backend("cpu"), some.spec, some.call(noisy.view()));
  some.spec.seed = 0;
  gated_blocks(backend("cpu"), some.spec, some.call(some.out.view()));
  expect_near(quiet.view(), some.out.view(), 0);
  int differ = 0;
  for (std::int64_t i = 0; i < noisy.view().size(); ++i) {
    differ += noisy.view().as<float>()[i] != quiet.view().as<float>()[i];
  }
  EXPECT_GT(differ, noisy.view().size() / 8);
}

TEST(GatedBlocks, RefuseOperandsThatDoNotFit) {
  const Case some;
  MechanismCall call = some.call(some.out.view());
  call.keys = some.keys.view().slice(1, 0, 8);
  EXPECT_THROW(gated_blocks(backend("cpu"), some.spec, call), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
