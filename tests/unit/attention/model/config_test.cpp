// Every mechanism by a model file's text: it loads, runs as it learns, its gradients are slopes,
// and bits do not depend on threads.

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/model/training_function.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/model/learner.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <map>
#include <ostream>
#include <random>

namespace heddle::attention {
namespace {

constexpr std::int64_t kRows = 48;
constexpr std::int64_t kChannels = 8;
constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kDim = 4;

/// One step between a linear map to its register and the output.
struct Config {
  std::string name;
  std::string step;                        // its options, JSON
  std::vector<ParameterShape> tensors{};   // that it reads
  std::int64_t second = 0;                 // channels of a second register; 0: none
  std::int64_t fused = 3 * kHeads * kDim;  // channels of the first
  std::vector<std::string> constants{};    // tensors whose gradient is no slope of the loss
  bool slopes = true;                      // false: straight through a choice, tested on its own
};
void PrintTo(const Config& config, std::ostream* to) { *to << config.name; }

std::string pattern(const std::string& text) {
  return R"("op": "attention", "pattern": ")" + text + '"';
}
std::string selector(const std::string& text) {
  return R"x("op": "selected_attention", "always": "window(2,causal)", "selector": ")x" + text +
         '"';
}
std::string mechanism(const std::string& text) {
  return R"("op": "mechanism_attention", "mechanism": ")" + text + '"';
}

std::vector<Config> patterns() {
  std::vector<Config> all;
  int number = 0;
  for (const char* text : {"window(5)",
                           "window(5,causal)",
                           "dilated(3,4)",
                           "strided(6,causal)",
                           "fixed(8,2,causal)",
                           "block_local(16)",
                           "dense(causal)",
                           "window(4) | global(0:3)",
                           "window(4) | global(20:2)",
                           "window(4) | global(0:4) | random(2,seed=7,block=8)",
                           "neighbourhood(6,4,3,time=2)",
                           "window(9) & strided(2)",
                           "per_head(window(3); dense())"}) {
    all.push_back({"pattern_" + std::to_string(number++), pattern(text)});
  }
  return all;
}

std::vector<Config> normalisers() {
  std::vector<Config> all;
  const std::string near = pattern("window(9)");
  for (const std::string name : {"sparsemax", "entmax15"}) {
    all.push_back({name, near + R"(, "normaliser": ")" + name + '"'});
  }
  all.push_back({"entmax13", near + R"x(, "normaliser": "entmax(1.3)")x"});
  all.push_back({"alphas", near + R"(, "alphas": "alpha")", {{"alpha", {kHeads}}}});
  all.push_back({"spans", near + R"(, "spans": "span", "ramp": 3)", {{"span", {kHeads}}}});
  all.push_back({"importance_added", near + R"(, "importance": "add")", {}, 1});
  all.push_back({"importance_multiplied", near + R"(, "importance": "multiply")", {}, 1});
  all.push_back({"importance_of_everything",
                 near + R"(, "importance": "add", "alphas": "alpha", "spans": "span", "ramp": 3)",
                 {{"alpha", {kHeads}}, {"span", {kHeads}}},
                 1});
  return all;
}

std::vector<Config> selectors() {
  std::vector<Config> all;
  for (const char* text : {"moba(8,2)",
                           "quest(8,2)",
                           "compressed(8,2)",
                           "xattention(8,stride=4,mass=60)",
                           "hierarchical(4,2,2)",
                           "top_k(5)"}) {
    const std::string name(text);
    all.push_back({name.substr(0, name.find('(')), selector(text)});
  }
  const std::vector<std::string> learned = {"sel.weight", "sel.bias"};
  const std::string weights = R"(, "selector_weights": "sel")";
  all.push_back({"scorer",
                 selector("scorer(4)") + weights,
                 {{"sel.weight", {1, 24}}, {"sel.bias", {1}}},
                 0,
                 24,
                 learned});
  all.push_back({"indexer",
                 selector("indexer(4)") + weights,
                 {{"sel.weight", {kHeads, 24}}, {"sel.bias", {kHeads}}},
                 0,
                 24,
                 learned});
  all.push_back(
      {"selected_sparsely",
       selector("moba(8,2)") + R"(, "normaliser": "sparsemax", "spans": "span", "ramp": 9)",
       {{"span", {kHeads}}}});
  return all;
}

std::vector<Config> mechanisms() {
  const std::string weights = R"(, "mechanism_weights": "m")";
  return {{"lsh",
           mechanism("lsh(4,8,causal,rounds=2)") + weights,
           {{"m.rotations", {kHeads, 2, kDim, 2}}},
           0,
           2 * kHeads * kDim,
           {"m.rotations"}},
          {"routing",
           mechanism("routing(3,20)") + weights,
           {{"m.centroids", {kHeads, 3, kDim}}},
           0,
           24,
           {"m.centroids"}},
          {"routing_causal",
           mechanism("routing(3,20,causal)") + weights,
           {{"m.centroids", {kHeads, 3, kDim}}},
           0,
           24,
           {"m.centroids"}},
          {"sinkhorn", mechanism("sinkhorn(12,iterations=3)")},
          {"nsa", mechanism("nsa(8,2,6)"), {}, 3 * kHeads},
          {"nsa_grouped", mechanism("nsa(8,2,6)") + R"(, "kv_heads": 1)", {}, 3 * kHeads, 16},
          {"linear", mechanism("linear()")},
          {"delta", mechanism("delta()"), {}, 2 * kHeads},
          {"gated", mechanism("gated(8,2)"), {}, 0, 24, {}, false},
          {"gumbel", mechanism("gated(8,1,seed=3,temperature=50)"), {}, 0, 24, {}, false}};
}

std::vector<Config> every_config() {
  std::vector<Config> all;
  for (const auto& some : {patterns(), normalisers(), selectors(), mechanisms()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::string program(const Config& config) {
  const std::string first =
      R"({"op": "linear", "in": "x", "out": "qkv", "weights": "w", "bias": false}, )";
  const std::string second =
      config.second == 0
          ? ""
          : R"({"op": "linear", "in": "x", "out": "s", "weights": "v", "bias": false}, )";
  const bool positive = config.step.find("multiply") != std::string::npos;
  const std::string between =
      positive ? R"({"op": "exp_clamp", "in": "s", "out": "s", "limit": 4, "scale": 1}, )" : "";
  const std::string in = config.second == 0 ? R"("qkv")" : R"(["qkv", "s"])";
  return program_of(R"([{"name": "x", "dtype": "f32", "shape": ["rows", 8]}])",
                    "[" + first + second + between + R"({"in": )" + in +
                        R"(, "out": "y", "heads": 2, )" + config.step + "}]");
}

Parameters parameters_of(const Config& config) {
  std::vector<ParameterShape> shapes = {{"w.weight", {config.fused, kChannels}}};
  if (config.second > 0) shapes.push_back({"v.weight", {config.second, kChannels}});
  shapes.insert(shapes.end(), config.tensors.begin(), config.tensors.end());
  Parameters made(shapes, {{"heddle.model", program(config)}});
  for (std::size_t i = 0; i < made.count(); ++i) {
    fill_randomly(made.at(i), 20 + static_cast<unsigned>(i));
    const std::string& name = made.info(i).name;
    const float size = name == "w.weight" ? 0.4f : 0.3f;
    for (std::int64_t e = 0; e < made.info(i).size; ++e) {
      float& x = made.at(i).as<float>()[e];
      x = name == "span" ? 2.3f + x : size * x;
    }
  }
  return made;
}

/// The function of one config on random rows.
struct OneStep {
  explicit OneStep(const Config& config, const std::string& on = "cpu")
      : parameters(parameters_of(config)),
        function(model_spec(parameters, "test"), "f", parameters, backend(on)),
        work(function.make_workspace({shape_of(DType::kF32, {kRows, kChannels})})) {
    fill_randomly(work.input("x"), 3);
    fill_randomly(work.output_gradient("y"), 4);
  }

  double loss() {
    function.forward(parameters, work);
    double sum = 0;
    const TensorView& y = work.output("y");
    for (std::int64_t i = 0; i < y.size(); ++i) {
      sum += double{y.as<float>()[i]} * work.output_gradient("y").as<float>()[i];
    }
    return sum;
  }
  Gradients learn() {
    Gradients made(parameters);
    function.forward(parameters, work);
    function.backward(parameters, work, made);
    return made;
  }

  Parameters parameters;
  TrainingFunction function;
  TrainingWorkspace work;
};

class EveryConfig : public testing::TestWithParam<Config> {};

TEST_P(EveryConfig, RunsFromItsTextAndLearnsWhatItRuns) {
  const Config& config = GetParam();
  OneStep step(config);
  std::map<std::string, TensorView> tensors;
  for (std::size_t i = 0; i < step.parameters.count(); ++i) {
    tensors[step.parameters.info(i).name] = step.parameters.at(i);
  }
  const ModelFile file(program(config), tensors);
  std::vector<Tensor> made;
  for (const char* on : {"cpu", "reference"}) {
    const Model model = Model::load(file.path(), backend(on));
    Workspace work = model.make_workspace("f", {step.work.input("x")});
    copy(step.work.input("x"), work.input("x"));
    model.run(work);
    made.emplace_back(DType::kF32, std::initializer_list<std::int64_t>{kRows, kHeads * kDim});
    copy(work.output("y"), made.back().view());
  }
  EXPECT_LT(max_difference(made[0].view(), made[1].view()), 1e-5);
  double size = 0;
  for (std::int64_t i = 0; i < made[0].view().size(); ++i) {
    size += std::abs(double{made[0].view().as<float>()[i]});
  }
  EXPECT_TRUE(std::isfinite(size));
  EXPECT_GT(size, 1);
  if (config.name == "gumbel") return;  // draws while it learns
  step.loss();
  EXPECT_LT(max_difference(step.work.output("y"), made[0].view()), 1e-5);
}

/// Central differences along three directions of each tensor, in steps that change no choice.
void expect_slopes(OneStep& step, const Gradients& gradients, const std::string& name) {
  constexpr float kStep = 1e-3f;
  const TensorView x = step.parameters.at(name);
  const TensorView gradient = gradients.at(name);
  for (unsigned seed = 0; seed < 3; ++seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> direction;
    double squares = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) {
      direction.push_back(normal(generator));
      squares += double{direction.back()} * direction.back();
    }
    const std::vector<float> before(x.as<float>(), x.as<float>() + x.size());
    double claimed = 0;
    double size = 1;
    for (std::size_t i = 0; i < before.size(); ++i) {
      direction[i] /= static_cast<float>(std::sqrt(squares));
      claimed += double{direction[i]} * gradient.as<float>()[i];
      size = std::max(size, std::abs(double{gradient.as<float>()[i]}));
    }
    double loss[2];
    for (const int side : {0, 1}) {
      for (std::size_t i = 0; i < before.size(); ++i) {
        x.as<float>()[i] = before[i] + (side == 0 ? -kStep : kStep) * direction[i];
      }
      loss[side] = step.loss();
    }
    std::copy(before.begin(), before.end(), x.as<float>());
    EXPECT_NEAR(claimed, (loss[1] - loss[0]) / (2 * double{kStep}), 5e-3 * size) << name;
  }
}

TEST_P(EveryConfig, HasTheGradientsOfFiniteDifferences) {
  const Config& config = GetParam();
  OneStep step(config);
  const Gradients gradients = step.learn();
  for (const std::string& name : step.function.parameter_names()) {
    const TensorView& gradient = gradients.at(name);
    double size = 0;
    for (std::int64_t i = 0; i < gradient.size(); ++i) {
      size += std::abs(double{gradient.as<float>()[i]});
    }
    EXPECT_TRUE(std::isfinite(size)) << name;
    if (std::ranges::find(config.constants, name) != config.constants.end()) continue;
    EXPECT_GT(size, 1e-3) << name;
    if (config.slopes) expect_slopes(step, gradients, name);
  }
}

TEST_P(EveryConfig, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<Gradients> gradients;
  std::vector<Tensor> outputs;
  for (const std::size_t threads : {1, 2, 7}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    OneStep step(GetParam());
    gradients.push_back(step.learn());
    outputs.emplace_back(DType::kF32, std::initializer_list<std::int64_t>{kRows, kHeads * kDim});
    copy(step.work.output("y"), outputs.back().view());
  }
  for (std::size_t i = 1; i < gradients.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(gradients[i].flat(), gradients[0].flat()));
    EXPECT_TRUE(same_bits(outputs[i].view(), outputs[0].view()));
  }
}

INSTANTIATE_TEST_SUITE_P(, EveryConfig, testing::ValuesIn(every_config()), [](const auto& tested) {
  return tested.param.name;
});

std::string refusal_of(const Config& config) {
  try {
    OneStep step(config);
  } catch (const WeightsError& error) {
    return error.what();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ConfigRefusal, SaysWhatAMechanismNeeds) {
  using testing::HasSubstr;
  EXPECT_THAT(refusal_of({"", mechanism("routing(3,20)")}), HasSubstr("NAME.centroids"));
  EXPECT_THAT(refusal_of({"", mechanism("linear()") + R"(, "mechanism_weights": "m")"}),
              HasSubstr("leave out \"mechanism_weights\""));
  EXPECT_THAT(refusal_of({"", mechanism("nsa(8,2,6)")}), HasSubstr("3 channels a head"));
  EXPECT_THAT(refusal_of({"", mechanism("nsa(8,2,6)"), {}, 5}), HasSubstr("expects gates (48, 6)"));
  EXPECT_THAT(refusal_of({"", mechanism("linear()"), {}, 2}), HasSubstr("takes 1 input, got 2"));
  EXPECT_THAT(refusal_of({"", mechanism("linear()") + R"(, "scale": 0.5)"}),
              HasSubstr("has no \"scale\""));
  EXPECT_THAT(refusal_of({"", mechanism("sinkhorn(12)") + R"(, "scale": -0.5)"}),
              HasSubstr("needs a positive \"scale\", got -0.5"));
  EXPECT_THAT(refusal_of({"", mechanism("linear()") + R"(, "kv_heads": 1)", {}, 0, 16}),
              HasSubstr("as many kv_heads as heads"));
}

TEST(ConfigRefusal, TakesNoScaleThatIsNotPositive) {
  for (const std::string& step :
       {pattern("window(9)"), selector("moba(8,2)"), mechanism("sinkhorn(12)")}) {
    for (const char* scale : {"0", "-0.5"}) {
      EXPECT_THAT(refusal_of({"", step + R"(, "scale": )" + scale}),
                  testing::HasSubstr("needs a positive \"scale\""))
          << step << scale;
    }
    EXPECT_EQ(refusal_of({"", step + R"(, "scale": 0.5)"}), "accepted") << step;
  }
}

TEST(ConfigRefusal, SaysWhatAWeightingNeeds) {
  using testing::HasSubstr;
  const std::string near = pattern("window(9)");
  EXPECT_THAT(refusal_of({"", near + R"(, "spans": "span")", {{"span", {kHeads}}}}),
              HasSubstr("come together"));
  EXPECT_THAT(refusal_of({"", near + R"(, "alphas": "alpha")", {{"alpha", {3}}}}),
              HasSubstr("'alpha' with 2 elements"));
  EXPECT_THAT(refusal_of({"", near + R"(, "importance": "add")"}), HasSubstr("second input"));
  EXPECT_THAT(refusal_of({"", near + R"(, "importance": "most")", {}, 1}),
              HasSubstr("expected add or multiply"));
  EXPECT_THAT(refusal_of({"", near + R"(, "importance": "add")", {}, 2}),
              HasSubstr("expected importance (48, 1)"));
}

}  // namespace
}  // namespace heddle::attention
