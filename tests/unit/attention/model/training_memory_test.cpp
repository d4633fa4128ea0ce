// A function with rolling memory learns through the segments of a stream.

#include "attention/model/training_memory.h"

#include "attention/backend/backend.h"
#include "attention/model/training_function.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/model/learner.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kRows = 8;
constexpr int kSegments = 5;  // 40 rows: more than the ring's 20

struct Tiers {
  std::string name;
  std::string options;
  /// Parameters are drawn with this deviation, the bias of keys around this value.
  float deviation = 0.4f;
  float keys = 0;
};

std::vector<Tiers> tiers() {
  return {{"Ring", ""},
          {"TokensAndCompressed",
           R"(, "memory_tokens": 2, "compressed_blocks": 2, "compression_ratio": 2)"},
          {"Convolution",
           R"(, "compressed_blocks": 2, "compression_ratio": 2, "compression": "conv",
              "compression_weights": "fold.{i}")",
           0.25f},
          {"Pooling",
           R"(, "compressed_blocks": 2, "compression_ratio": 2, "compression": "pool",
              "compression_weights": "fold.{i}")",
           0.25f},
          // The delta rule divides by how much a key overlaps with those before: it is stable, and
          // differences mean something, where keys are alike and far from the features' kinks.
          {"Associative", R"(, "associative": true, "gate": "gate.{i}")", 0.1f, 1}};
}

/// Two layers over memory, in turns of a repeat: what the tiers add to their options.
Parameters stream_parameters(const Tiers& of) {
  const std::string steps =
      R"steps([{"op": "linear", "in": "x", "out": "t", "weights": "in"},
       {"repeat": 2, "index": "i", "steps": [
        {"op": "linear", "in": "t", "out": "qkv", "weights": "qkv.{i}"},
        {"op": "memory_attention", "in": "qkv", "out": "a", "heads": 2, "kv_heads": 1, "dim": 4,
         "pattern": "window(5)", "block": 4, "sink_blocks": 1, "ring_blocks": 5, "theta": 50)steps" +
      of.options + R"steps(},
        {"op": "linear", "in": "a", "out": "t", "weights": "o.{i}", "accumulate": true}]},
       {"op": "linear", "in": "t", "out": "y", "weights": "out"}])steps";
  std::vector<ParameterShape> shapes = {{"in.weight", {6, 8}},
                                        {"in.bias", {6}},
                                        {"qkv.0.weight", {16, 6}},
                                        {"qkv.0.bias", {16}},
                                        {"qkv.1.weight", {16, 6}},
                                        {"qkv.1.bias", {16}},
                                        {"o.0.weight", {6, 8}},
                                        {"o.0.bias", {6}},
                                        {"o.1.weight", {6, 8}},
                                        {"o.1.bias", {6}},
                                        {"out.weight", {3, 6}},
                                        {"out.bias", {3}},
                                        {"gate.0", {2}},
                                        {"gate.1", {2}}};
  for (const std::string layer : {"0.", "1."}) {
    if (of.name == "Pooling") shapes.push_back({"fold." + layer + "keys", {1, 4}});
    if (of.name != "Convolution") continue;
    shapes.push_back({"fold." + layer + "keys", {1, 4, 2, 4}});
    shapes.push_back({"fold." + layer + "values", {1, 4, 2, 4}});
  }
  const std::string input = R"([{"name": "x", "dtype": "f32", "shape": ["rows", 8]}])";
  Parameters parameters(shapes, {{"heddle.model", program_of(input, steps)}});
  std::mt19937 generator(3);
  std::normal_distribution<float> normal(0, of.deviation);
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    const bool keys = parameters.info(i).name.starts_with("qkv") && parameters.info(i).size == 16;
    for (std::int64_t e = 0; e < parameters.info(i).size; ++e) {
      parameters.at(i).as<float>()[e] = normal(generator) + (keys ? of.keys : 0);
    }
  }
  return parameters;
}

/// A stream of five segments, a workspace each.
class Stream {
 public:
  Stream(Parameters with, const Backend& backend, const TrainingOptions& options = {})
      : parameters(std::move(with)),
        function(model_spec(parameters, "test"), "f", parameters, backend) {
    for (unsigned i = 0; i < kSegments; ++i) {
      works_.push_back(function.make_workspace({shape_of(DType::kF32, {kRows, 8})}, options));
      fill_randomly(works_.back().input("x"), 20 + i);
      fill_randomly(works_.back().output_gradient("y"), 40 + i);
    }
  }

  static SegmentPosition position(int segment) {
    return {.first = segment * kRows, .core_begin = 0, .core_end = kRows};
  }

  double loss(TrainingMemory& memory) {
    double sum = 0;
    for (int i = 0; i < kSegments; ++i) {
      TrainingWorkspace& work = works_[static_cast<std::size_t>(i)];
      function.forward(parameters, work, &memory, position(i));
      for (std::int64_t e = 0; e < kRows * 3; ++e) {
        sum += double{work.output("y").as<float>()[e]} * work.output_gradient("y").as<float>()[e];
      }
    }
    return sum;
  }

  Gradients gradients(int kept = kSegments) {
    TrainingMemory memory = function.make_memory(kept);
    loss(memory);
    Gradients made(parameters);
    for (int i = kSegments - 1; i >= kSegments - kept; --i) {
      function.backward(parameters, works_[static_cast<std::size_t>(i)], made, &memory);
    }
    return made;
  }

  Parameters parameters;
  TrainingFunction function;

 private:
  std::vector<TrainingWorkspace> works_;
};

/// d loss / d one element, by central differences of the whole stream.
double slope(Stream& stream, float& element) {
  constexpr float kStep = 2e-3f;
  const float before = element;
  double loss[2];
  for (const int side : {0, 1}) {
    element = before + (side == 0 ? -kStep : kStep);
    TrainingMemory memory = stream.function.make_memory(1);
    loss[side] = stream.loss(memory);
  }
  element = before;
  return (loss[1] - loss[0]) / (2 * double{kStep});
}

void PrintTo(const Tiers& one, std::ostream* os) { *os << one.name; }

class TrainingMemoryOf : public ::testing::TestWithParam<std::tuple<Tiers, std::string>> {
 protected:
  const Backend& on() const { return backend(std::get<1>(GetParam())); }
  Parameters parameters() const { return stream_parameters(std::get<0>(GetParam())); }
};

TEST_P(TrainingMemoryOf, CarriesTheGradientsOfFiniteDifferencesThroughItsSegments) {
  Stream stream(parameters(), on());
  const Gradients gradients = stream.gradients();
  for (const std::string& name : stream.function.parameter_names()) {
    const TensorView gradient = gradients.at(name);
    const TensorView tensor = stream.parameters.at(name);
    for (std::int64_t e = 0; e < gradient.size(); e += 1 + gradient.size() / 6) {
      const double claimed = gradient.as<float>()[e];
      // f32 losses have a noise of about 1e-6, over steps of 2e-3.
      EXPECT_NEAR(
          claimed, slope(stream, tensor.as<float>()[e]), 2e-3 * std::max(1.0, std::abs(claimed)))
          << name << ", element " << e;
    }
  }
}

TEST_P(TrainingMemoryOf, GivesTheSameBitsWithCheckpoints) {
  Stream plain(parameters(), on());
  Stream checked(parameters(), on(), {.checkpoint = true});
  EXPECT_TRUE(std::ranges::equal(plain.gradients().flat(), checked.gradients().flat()));
}

TEST_P(TrainingMemoryOf, TakesThePastAsConstantWhereOneSegmentIsKept) {
  Stream stream(parameters(), on());
  const Gradients all = stream.gradients();
  const Gradients last = stream.gradients(1);
  EXPECT_FALSE(std::ranges::equal(all.flat(), last.flat()));
}

INSTANTIATE_TEST_SUITE_P(,
                         TrainingMemoryOf,
                         ::testing::Combine(::testing::ValuesIn(tiers()),
                                            ::testing::Values("reference", "cpu")),
                         [](const auto& one) {
                           return std::get<0>(one.param).name + "_" + std::get<1>(one.param);
                         });

TEST(TrainingMemory, TakesSegmentsInOrderOnly) {
  Stream stream(stream_parameters(tiers()[0]), backend("cpu"));
  TrainingWorkspace work = stream.function.make_workspace({shape_of(DType::kF32, {kRows, 8})});
  TrainingMemory memory = stream.function.make_memory(2);
  try {
    stream.function.forward(stream.parameters, work, &memory, Stream::position(1));
    FAIL() << "was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("begins at position 8, its memory holds 0"));
  }
}

TEST(TrainingMemory, IsAskedForWhereTheFunctionRollsOne) {
  Stream stream(stream_parameters(tiers()[0]), backend("cpu"));
  TrainingWorkspace work = stream.function.make_workspace({shape_of(DType::kF32, {kRows, 8})});
  try {
    stream.function.forward(stream.parameters, work);
    FAIL() << "ran without";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("rolls 2 memories, it was given 0"));
  }
}

}  // namespace
}  // namespace heddle::attention
