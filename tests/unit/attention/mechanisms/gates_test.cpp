// Gates: their gradients, and a task where only the right block of 64 helps and the gate finds it.

#include "attention/mechanisms/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

namespace heddle::attention {
namespace {

TEST(Gates, ChooseTheLargestWithTiesToTheSmaller) {
  const std::array<float, 5> logits = {1, 3, 2, 3, 0};
  EXPECT_THAT(choose({.top = 3}, logits, {}).chosen, testing::ElementsAre(1, 3, 2));
  EXPECT_THROW(choose({.temperature = 0}, logits, {}), std::invalid_argument);
}

TEST(Gates, GumbelNoiseDrawsBySoftmax) {
  const std::array<float, 3> logits = {0, 1, 2};
  std::array<int, 3> counts{};
  constexpr int kDraws = 20000;
  for (int draw = 0; draw < kDraws; ++draw) {
    ++counts[choose({}, logits, gumbel_noise(5, static_cast<std::uint64_t>(draw), 3)).chosen[0]];
  }
  const double total = 1 + std::exp(1.0) + std::exp(2.0);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(counts[i] / double{kDraws}, std::exp(static_cast<double>(i)) / total, 0.012);
  }
}

TEST(Gates, LogProbabilityGradientIsItsSlope) {
  std::vector<float> logits = {0.3f, -1, 0.8f, 0.1f};
  const std::array<std::uint32_t, 2> chosen = {2, 0};
  const auto gradient = choice_log_probability_gradient(logits, chosen);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float before = logits[i];
    logits[i] = before + 0x1p-7f;
    const double above = choice_log_probability(logits, chosen);
    logits[i] = before - 0x1p-7f;
    const double below = choice_log_probability(logits, chosen);
    logits[i] = before;
    EXPECT_NEAR(gradient[i], (above - below) * 64, 1e-4);
  }
}

TEST(Gates, StraightThroughGradientIsTheSlopeOfTheSoftChoice) {
  const GateSpec spec = {.temperature = 0.5f};
  std::vector<float> logits = {0.3f, -1, 0.8f, 0.1f};
  const std::array<float, 4> gains = {1, -2, 0.5f, 3};
  const auto soft_loss = [&] {
    const auto soft = choose(spec, logits, {}).soft;
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += static_cast<double>(soft[i]) * gains[i];
    return sum;
  };
  const auto gradient = straight_through_gradient(spec, choose(spec, logits, {}), gains);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float before = logits[i];
    logits[i] = before + 0x1p-7f;
    const double above = soft_loss();
    logits[i] = before - 0x1p-7f;
    const double below = soft_loss();
    logits[i] = before;
    EXPECT_NEAR(gradient[i], (above - below) * 64, 1e-3);
  }
}

/// The mean of advantage * slope over draws is the slope of the expected reward, which a straight
/// enumeration gives.
TEST(Gates, ReinforceIsUnbiased) {
  const std::array<float, 3> logits = {0.2f, -0.4f, 0.5f};
  const std::array<double, 3> rewards = {1, -1, 2};
  std::array<double, 3> mean{};
  std::array<double, 3> exact{};
  constexpr int kDraws = 40000;
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto chosen =
        choose({}, logits, gumbel_noise(9, static_cast<std::uint64_t>(draw), 3)).chosen;
    const auto slope = choice_log_probability_gradient(logits, chosen);
    for (std::size_t i = 0; i < 3; ++i) mean[i] += rewards[chosen[0]] * slope[i] / kDraws;
  }
  for (std::uint32_t one = 0; one < 3; ++one) {
    const std::array<std::uint32_t, 1> chosen = {one};
    const auto slope = choice_log_probability_gradient(logits, chosen);
    const double probability = std::exp(choice_log_probability(logits, chosen));
    for (std::size_t i = 0; i < 3; ++i) exact[i] += probability * rewards[one] * slope[i];
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(mean[i], exact[i], 0.02);
}

constexpr std::size_t kBlocks = 64;
constexpr std::size_t kDim = 24;

/// 64 blocks with random keys and values; a query is the right block's key under a hidden rotation.
/// The gate scores q . W k, W random at first, and reads one block; the loss is the square distance
/// of what it read to the right block's value.
class Toy {
 public:
  explicit Toy(std::uint64_t seed) : random_(seed) {
    for (Row& row : weights_) {
      for (float& x : row) x = 0.25f * normal_(random_);
    }
    for (std::size_t i = 0; i < kDim; ++i) {  // Gram and Schmidt
      for (float& x : turn_[i]) x = normal_(random_);
      for (std::size_t j = 0; j < i; ++j) {
        const float along = dot(turn_[i], turn_[j]);
        for (std::size_t c = 0; c < kDim; ++c) turn_[i][c] -= along * turn_[j][c];
      }
      const float length = std::sqrt(dot(turn_[i], turn_[i]));
      for (float& x : turn_[i]) x /= length;
    }
  }

  void draw() {
    for (auto& key : keys_) {
      for (float& x : key) x = normal_(random_);
    }
    for (auto& value : values_) {
      for (float& x : value) x = normal_(random_);
    }
    right_ = static_cast<std::uint32_t>(random_() % kBlocks);
    for (std::size_t i = 0; i < kDim; ++i) query_[i] = dot(turn_[i], keys_[right_]);
  }

  std::vector<float> logits() const {
    Row asked{};
    for (std::size_t i = 0; i < kDim; ++i) {
      for (std::size_t j = 0; j < kDim; ++j) asked[j] += query_[i] * weights_[i][j];
    }
    std::vector<float> made(kBlocks);
    for (std::size_t b = 0; b < kBlocks; ++b) made[b] = dot(asked, keys_[b]);
    return made;
  }

  /// The gate gradients of reading block `chosen`: dloss / dgate_b = 2 (read - wanted) . value_b.
  std::vector<float> gate_gradients(std::uint32_t chosen) const {
    std::vector<float> made(kBlocks);
    for (std::size_t b = 0; b < kBlocks; ++b) {
      for (std::size_t i = 0; i < kDim; ++i) {
        made[b] += 2 * (values_[chosen][i] - values_[right_][i]) * values_[b][i];
      }
    }
    return made;
  }
  double loss(std::uint32_t chosen) const {
    double sum = 0;
    for (std::size_t i = 0; i < kDim; ++i) {
      sum += std::pow(values_[chosen][i] - values_[right_][i], 2);
    }
    return sum;
  }

  void step(const std::vector<float>& logit_gradients, float rate) {
    Row gradient{};
    for (std::size_t b = 0; b < kBlocks; ++b) {
      for (std::size_t j = 0; j < kDim; ++j) gradient[j] += logit_gradients[b] * keys_[b][j];
    }
    for (std::size_t i = 0; i < kDim; ++i) {
      for (std::size_t j = 0; j < kDim; ++j) weights_[i][j] -= rate * query_[i] * gradient[j];
    }
  }

  double accuracy() {
    int right = 0;
    for (int i = 0; i < 2000; ++i) {
      draw();
      right += choose({}, logits(), {}).chosen[0] == right_;
    }
    return right / 2000.0;
  }

 private:
  using Row = std::array<float, kDim>;
  static float dot(const Row& a, const Row& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
  }

  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::array<Row, kDim> turn_{};
  std::array<Row, kDim> weights_{};
  std::array<Row, kBlocks> keys_{};
  std::array<Row, kBlocks> values_{};
  Row query_{};
  std::uint32_t right_ = 0;
};

class GateTask : public testing::TestWithParam<std::uint64_t> {
 protected:
  /// Falls to nothing over the steps.
  static float rate(float first, std::uint64_t step) {
    return first * (1 - static_cast<float>(step) / kSteps);
  }

  static constexpr std::uint64_t kSteps = 20000;
  Toy toy_{GetParam()};
};

TEST_P(GateTask, StraightThroughFindsTheRightBlock) {
  EXPECT_LT(toy_.accuracy(), 0.05);
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    toy_.draw();
    const GateChoice choice = choose({}, toy_.logits(), {});
    toy_.step(straight_through_gradient({}, choice, toy_.gate_gradients(choice.chosen[0])),
              rate(2e-3f, step));
  }
  EXPECT_GE(toy_.accuracy(), 0.95);
}

TEST_P(GateTask, GumbelSoftmaxFindsTheRightBlock) {
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    toy_.draw();
    const GateChoice choice = choose({}, toy_.logits(), gumbel_noise(3, step, kBlocks));
    toy_.step(straight_through_gradient({}, choice, toy_.gate_gradients(choice.chosen[0])),
              rate(2e-3f, step));
  }
  EXPECT_GE(toy_.accuracy(), 0.95);
}

TEST_P(GateTask, ReinforceWithABaselineFindsTheRightBlock) {
  double baseline = 2 * kDim;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    toy_.draw();
    const auto logits = toy_.logits();
    const auto chosen = choose({}, logits, gumbel_noise(4, step, kBlocks)).chosen;
    const double loss = toy_.loss(chosen[0]);
    auto slope = choice_log_probability_gradient(logits, chosen);
    for (float& x : slope) x *= static_cast<float>((loss - baseline) / kDim);
    baseline += 0.01 * (loss - baseline);
    toy_.step(slope, rate(5e-3f, step));
  }
  EXPECT_GE(toy_.accuracy(), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Seeds, GateTask, testing::Values(81, 82, 83));

}  // namespace
}  // namespace heddle::attention
