// A model file's gate learns where to look: 64 blocks, one of which holds the answer to the last
// row's question. Queries and keys are linear maps of the rows, random at first; the loss is how
// far what was read is from the answer, so the gate alone can lower it.

#include "attention/backend/backend.h"
#include "attention/model/training_function.h"
#include "tests/unit/attention/model/model_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <random>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::int64_t kBlocks = 64;
constexpr std::int64_t kBlock = 2;
constexpr std::int64_t kDim = 24;
constexpr std::int64_t kRows = (kBlocks + 1) * kBlock;

struct Gate {
  std::string name;
  std::string text;
};
void PrintTo(const Gate& gate, std::ostream* to) { *to << gate.name; }

Parameters parameters_for(const Gate& gate, std::mt19937_64& random) {
  const std::string steps =
      R"steps([{"op": "channels", "in": "x", "out": "k", "first": 0, "count": 24},
               {"op": "linear", "in": "k", "out": "qk", "weights": "qk", "bias": false},
               {"op": "channels", "in": "x", "out": "v", "first": 24, "count": 24},
               {"op": "concat", "in": ["qk", "v"], "out": "qkv"},
               {"op": "mechanism_attention", "in": "qkv", "out": "y", "heads": 1,
                "mechanism": ")steps" +
      gate.text + R"("}])";
  const std::vector<ParameterShape> shapes = {{"qk.weight", {2 * kDim, kDim}}};
  const std::string input = R"([{"name": "x", "dtype": "f32", "shape": ["rows", 48]}])";
  Parameters made(shapes, {{"heddle.model", program_of(input, steps)}});
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(kDim)));
  for (float& x : made.flat()) x = normal(random);
  return made;
}

/// Random rotation of what is asked against what keys say.
class Questions {
 public:
  explicit Questions(std::mt19937_64& random) : random_(random) {
    for (std::size_t i = 0; i < turn_.size(); ++i) {  // Gram and Schmidt
      for (float& x : turn_[i]) x = normal_(random_);
      for (std::size_t j = 0; j < i; ++j) add(turn_[i], -dot(turn_[i], turn_[j]), turn_[j]);
      const float length = std::sqrt(dot(turn_[i], turn_[i]));
      for (float& x : turn_[i]) x /= length;
    }
  }

  /// Fills (rows, 2 dim), both rows of a block alike; returns the right block.
  std::int64_t ask(const TensorView& x) {
    auto* rows = x.as<float>();
    for (std::int64_t row = 0; row < kRows; row += kBlock) {
      for (std::int64_t c = 0; c < 2 * kDim; ++c) rows[row * 2 * kDim + c] = normal_(random_);
      std::copy_n(rows + row * 2 * kDim, 2 * kDim, rows + (row + 1) * 2 * kDim);
    }
    const auto right = static_cast<std::int64_t>(random_() % kBlocks);
    float* asked = rows + (kRows - 1) * 2 * kDim;
    for (std::size_t i = 0; i < kDim; ++i) {
      asked[i] = 0;
      for (std::size_t c = 0; c < kDim; ++c) {
        asked[i] += turn_[i][c] * rows[right * kBlock * 2 * kDim + static_cast<std::int64_t>(c)];
      }
    }
    return right;
  }

 private:
  using Row = std::array<float, kDim>;
  static float dot(const Row& a, const Row& b) {
    float sum = 0;
    for (std::size_t i = 0; i < kDim; ++i) sum += a[i] * b[i];
    return sum;
  }
  static void add(Row& to, float factor, const Row& from) {
    for (std::size_t i = 0; i < kDim; ++i) to[i] += factor * from[i];
  }

  std::mt19937_64& random_;
  std::normal_distribution<float> normal_;
  std::array<Row, kDim> turn_{};
};

class ConfiguredGate : public testing::TestWithParam<Gate> {
 protected:
  ConfiguredGate()
      : parameters_(parameters_for(GetParam(), random_)),
        function_(model_spec(parameters_, "test"), "f", parameters_, backend("cpu")),
        work_(function_.make_workspace({shape_of(DType::kF32, {kRows, 2 * kDim})})),
        questions_(random_) {}

  /// The answer read in the last row, less the right one.
  double miss(std::int64_t right) const {
    double sum = 0;
    for (std::int64_t c = 0; c < kDim; ++c) sum += std::pow(error(right, c), 2);
    return sum;
  }
  float error(std::int64_t right, std::int64_t c) const {
    const float* read = work_.output("y").as<float>() + (kRows - 1) * kDim;
    const float* rows = work_.input("x").as<float>() + right * kBlock * 2 * kDim + kDim;
    return read[c] - rows[c];
  }

  void learn(int steps) {
    std::vector<float> first(parameters_.flat().size());
    std::vector<float> second(first.size());
    for (int step = 1; step <= steps; ++step) {
      const std::int64_t right = questions_.ask(work_.input("x"));
      function_.forward(parameters_, work_);
      float* wanted = work_.output_gradient("y").as<float>() + (kRows - 1) * kDim;
      for (std::int64_t c = 0; c < kDim; ++c) wanted[c] = 2 * error(right, c);
      Gradients gradients(parameters_);
      function_.backward(parameters_, work_, gradients);
      const double rate = 3e-3 * (1 - step / (steps + 1.0));
      for (std::size_t i = 0; i < first.size(); ++i) {  // Adam
        const float g = gradients.flat()[i];
        first[i] = 0.9f * first[i] + 0.1f * g;
        second[i] = 0.99f * second[i] + 0.01f * g * g;
        const double mean = first[i] / (1 - std::pow(0.9, step));
        const double spread = std::sqrt(second[i] / (1 - std::pow(0.99, step)));
        parameters_.flat()[i] -= static_cast<float>(rate * mean / (spread + 1e-8));
      }
    }
  }

  double accuracy() {
    int found = 0;
    for (int i = 0; i < 500; ++i) {
      const std::int64_t right = questions_.ask(work_.input("x"));
      function_.forward(parameters_, work_);
      found += miss(right) < 1e-6;
    }
    return found / 500.0;
  }

  std::mt19937_64 random_{5};
  Parameters parameters_;
  TrainingFunction function_;
  TrainingWorkspace work_;
  Questions questions_;
};

TEST_P(ConfiguredGate, FindsTheBlockThatHoldsTheAnswer) {
  EXPECT_LT(accuracy(), 0.1);
  learn(4000);
  // What was read is the answer; with noise while learning the choice itself stays a draw.
  EXPECT_GE(accuracy(), 0.95);
}

INSTANTIATE_TEST_SUITE_P(,
                         ConfiguredGate,
                         testing::Values(Gate{"straight_through", "gated(2,1)"}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace heddle::attention
