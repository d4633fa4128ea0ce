// The gradient of the associative state against finite differences of its definition in double: on
// random tokens and on those that are hard for it (a key again, keys that hardly overlap, a key of
// zeros, one far longer than the others).
#include "attention/memory/associative_gradient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace heddle::attention {
namespace {

constexpr AssociativeSpec kSpec{.heads = 2, .key_dim = 4, .value_dim = 3};
constexpr std::int64_t kTokens = 9;
constexpr std::int64_t kCut = 5;  // tokens of the first write
constexpr std::int64_t kQueryHeads = 4;
constexpr std::int64_t kQueries = 6;
constexpr float kBeta = 0.75f;

struct Tokens {
  std::string name;
  void (*change)(std::vector<double>& keys);  // (heads, tokens, key_dim)
};
void PrintTo(const Tokens& tokens, std::ostream* to) { *to << tokens.name; }

double* key_of(std::vector<double>& keys, std::int64_t head, std::int64_t token) {
  return keys.data() + (head * kTokens + token) * kSpec.key_dim;
}

std::vector<double> features(const double* x) {
  constexpr std::size_t kSigned = 2 * kSpec.key_dim;
  double both[kSigned];
  for (std::size_t i = 0; i < kSigned / 2; ++i) {
    both[i] = std::max(x[i], 0.0);
    both[kSigned / 2 + i] = std::max(-x[i], 0.0);
  }
  std::vector<double> made;
  for (std::size_t j = 1; j <= 3; ++j) {
    for (std::size_t i = 0; i < kSigned; ++i) made.push_back(both[i] * both[(i + j) % kSigned]);
  }
  return made;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The definition of associative_state.h: all tokens written, then every query read.
struct Oracle {
  std::vector<double> keys, values, queries, weights;

  double loss() const {
    double sum = 0;
    for (std::int64_t head = 0; head < kSpec.heads; ++head) {
      std::vector<std::vector<double>> columns(kSpec.value_dim, std::vector<double>(24));
      std::vector<double> total(24);
      for (std::int64_t t = 0; t < kTokens; ++t) write(head, t, columns, total);
      for (std::int64_t q = 0; q < kQueryHeads; ++q) {
        if (q * kSpec.heads / kQueryHeads != head) continue;
        for (std::int64_t i = 0; i < kQueries; ++i) {
          const std::int64_t row = q * kQueries + i;
          const auto f = features(queries.data() + row * kSpec.key_dim);
          const double known = dot(f, total);
          if (!(known > 0)) continue;
          for (std::int64_t c = 0; c < kSpec.value_dim; ++c) {
            const auto at = static_cast<std::size_t>(c);
            sum += weights[static_cast<std::size_t>(row * kSpec.value_dim + c)] *
                   dot(f, columns[at]) / known;
          }
        }
      }
    }
    return sum;
  }

 private:
  void write(std::int64_t head,
             std::int64_t t,
             std::vector<std::vector<double>>& columns,
             std::vector<double>& total) const {
    const std::int64_t row = head * kTokens + t;
    const auto f = features(keys.data() + row * kSpec.key_dim);
    const double square = dot(f, f);
    if (square == 0) return;
    const double known = dot(f, total);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double held = known > 0 ? dot(f, columns[c]) / known : 0;
      const double value = values[static_cast<std::size_t>(row) * columns.size() + c];
      const double update = static_cast<double>(kBeta) * (value - held);
      for (std::size_t i = 0; i < f.size(); ++i) columns[c][i] += update * f[i];
    }
    const double gain = 1 - known / square;
    for (std::size_t i = 0; i < f.size(); ++i) total[i] += gain * f[i];
  }
};

Tensor as_tensor(const std::vector<double>& from, std::initializer_list<std::int64_t> shape) {
  Tensor made(DType::kF32, shape);
  for (std::size_t i = 0; i < from.size(); ++i) {
    made.view().as<float>()[i] = static_cast<float>(from[i]);
  }
  return made;
}

std::array<Tensor, 2> copies(const AssociativeState& state) {
  std::array<Tensor, 2> made;
  for (std::size_t i = 0; i < 2; ++i) {
    const TensorView from = state.tensors()[i];
    made[i] =
        Tensor(DType::kF32, std::span(from.shape.data(), static_cast<std::size_t>(from.rank)));
    copy(from, made[i].view());
  }
  return made;
}

class AssociativeGradients : public testing::TestWithParam<Tokens> {
 protected:
  void SetUp() override {
    std::mt19937_64 random(31);
    std::normal_distribution<float> normal;
    const auto draw = [&](std::vector<double>& to, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) to.push_back(normal(random));  // floats exactly
    };
    draw(oracle_.keys, kSpec.heads * kTokens * kSpec.key_dim);
    draw(oracle_.values, kSpec.heads * kTokens * kSpec.value_dim);
    draw(oracle_.queries, kQueryHeads * kQueries * kSpec.key_dim);
    draw(oracle_.weights, kQueryHeads * kQueries * kSpec.value_dim);
    GetParam().change(oracle_.keys);
  }

  /// Elements where the feature map bends, or the definition is not differentiable, are left out.
  void expect_slopes(std::vector<double>& leaf, const Tensor& got, const char* name) {
    constexpr double kStep = 1e-6;
    for (std::size_t i = 0; i < leaf.size(); ++i) {
      const double before = leaf[i];
      if (std::abs(before) < 2 * kStep) continue;
      leaf[i] = before + kStep;
      const double above = oracle_.loss();
      leaf[i] = before - kStep;
      const double below = oracle_.loss();
      leaf[i] = before;
      const double slope = (above - below) / (2 * kStep);
      ASSERT_NEAR(got.view().as<float>()[i], slope, 2e-5 * (1 + std::abs(slope)))
          << name << ", element " << i;
    }
  }

  Oracle oracle_;
};

TEST_P(AssociativeGradients, AreSlopesOfTheDefinitionInDouble) {
  const Tensor keys = as_tensor(oracle_.keys, {kSpec.heads, kTokens, kSpec.key_dim});
  const Tensor values = as_tensor(oracle_.values, {kSpec.heads, kTokens, kSpec.value_dim});
  const Tensor queries = as_tensor(oracle_.queries, {kQueryHeads, kQueries, kSpec.key_dim});
  const Tensor weights = as_tensor(oracle_.weights, {kQueryHeads, kQueries, kSpec.value_dim});
  const Tensor dk(DType::kF32, {kSpec.heads, kTokens, kSpec.key_dim});
  const Tensor dv(DType::kF32, {kSpec.heads, kTokens, kSpec.value_dim});
  const Tensor dq(DType::kF32, {kQueryHeads, kQueries, kSpec.key_dim});
  AssociativeState state(kSpec);
  const auto part = [&](const Tensor& of, int which) {
    return which == 0 ? of.view().slice(1, 0, kCut) : of.view().slice(1, kCut, kTokens - kCut);
  };
  const auto empty = copies(state);
  state.write(part(keys, 0), part(values, 0), kBeta);
  const auto between = copies(state);
  state.write(part(keys, 1), part(values, 1), kBeta);
  AssociativeGradient back(kSpec);
  back.back_through_read({.state = state.tensors(),
                          .queries = queries.view(),
                          .out_gradient = weights.view(),
                          .query_gradient = dq.view()});
  for (const int which : {1, 0}) {
    const auto& before = which == 0 ? empty : between;
    back.back_through_write({.state = {before[0].view(), before[1].view()},
                             .keys = part(keys, which),
                             .values = part(values, which),
                             .beta = kBeta,
                             .key_gradient = part(dk, which),
                             .value_gradient = part(dv, which)});
  }
  expect_slopes(oracle_.values, dv, "values");
  expect_slopes(oracle_.queries, dq, "queries");
  expect_slopes(oracle_.keys, dk, "keys");
}

void leave(std::vector<double>& /*keys*/) {}

void repeat_a_key(std::vector<double>& keys) {
  for (const std::int64_t token : {3, 7}) {
    std::copy_n(key_of(keys, 0, 1), kSpec.key_dim, key_of(keys, 0, token));
  }
}

void write_nothing(std::vector<double>& keys) {
  std::fill_n(key_of(keys, 1, 4), kSpec.key_dim, 0.0);
}

void lengthen_a_key(std::vector<double>& keys) {
  for (int c = 0; c < kSpec.key_dim; ++c) key_of(keys, 0, 2)[c] *= 8;
}

/// All keys point nearly the same way.
void crowd(std::vector<double>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = static_cast<float>(1 + 0.05 * keys[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs,
                         AssociativeGradients,
                         testing::Values(Tokens{"random", leave},
                                         Tokens{"repeated", repeat_a_key},
                                         Tokens{"nothing", write_nothing},
                                         Tokens{"long_key", lengthen_a_key},
                                         Tokens{"crowded", crowd}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace heddle::attention
