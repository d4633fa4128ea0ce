#include "attention/train/model_objective.h"

#include "attention/train/checkpoint.h"
#include "attention/train/trainer.h"
#include "tests/unit/attention/train/finite_differences.h"
#include "tests/unit/attention/train/made_bases.h"
#include "tests/unit/attention/train/tiny_gene_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <vector>

namespace heddle::attention::train {
namespace {

std::vector<LossSpec> two_frames(int /*channels*/) {
  return {{.name = "frames+", .first = 0, .classes = 4, .column = 0},
          {.name = "frames-", .first = 4, .classes = 4, .column = 1, .weight = 0.5}};
}

TrainingOptions ten_model_steps() {
  TrainingOptions options;
  options.schedule = {.peak = 0.01, .warm_up = 2, .steps = 10, .final_share = 0.1};
  options.batch = 2;
  return options;
}

class TinyModel : public testing::Test {
 protected:
  static ModelObjective objective(const char* on, bool checkpoint = false) {
    static const MadeBases source(1);
    const Parameters parameters = tiny_gene_model();
    ModelObjectiveSettings settings;
    settings.losses = two_frames;
    settings.inputs = {shape_of(DType::kU8, {kBases})};
    settings.checkpoint = checkpoint;
    return {parameters.clone(), model_spec(parameters, "tiny"), source, settings, backend(on)};
  }
  static std::vector<double> losses(const char* on, bool checkpoint = false) {
    ModelObjective trained = objective(on, checkpoint);
    Trainer trainer(trained, ten_model_steps());
    std::vector<double> made;
    while (!trainer.finished()) made.push_back(trainer.step().loss.total);
    return made;
  }
};

TEST_F(TinyModel, TenStepsGiveTheStoredLossesOnEveryBackEnd) {
  // By torch in fp64, from the same program, values and samples.
  const std::vector<double> stored = {2.2225544,
                                      1.8443963,
                                      1.2124590,
                                      0.9006352,
                                      0.7702066,
                                      0.6709240,
                                      0.5156047,
                                      0.5376058,
                                      0.5083711,
                                      0.4975261};
  for (const char* on : {"cpu", "reference"}) {
    const std::vector<double> made = losses(on);
    ASSERT_EQ(made.size(), stored.size());
    // fp32 against fp64; ten steps let the difference grow.
    for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_NEAR(made[i], stored[i], 1e-5) << i;
  }
}

TEST_F(TinyModel, ThreadsAndRecomputingChangeNoBit) {
  const std::vector<double> made = losses("cpu");
  for (const std::size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    EXPECT_EQ(losses("cpu"), made) << threads;
  }
  EXPECT_EQ(losses("cpu", true), made);
}

TEST_F(TinyModel, GradientIsThatOfFiniteDifferences) {
  ModelObjective trained = objective("reference");
  // fp32 activations: losses of about 2 are known to 1e-6, differences to 1e-6 * 128.
  expect_gradient_of_differences(trained, 4e-4);
}

TEST_F(TinyModel, AResumedRunIsTheUninterruptedOneBitForBit) {
  const std::string path =
      testing::TempDir() + "heddle-tiny-checkpoint-" + std::to_string(::getpid());
  ModelObjective whole_objective = objective("cpu"), first_objective = objective("cpu"),
                 rest_objective = objective("cpu");
  Trainer whole(whole_objective, ten_model_steps()), first(first_objective, ten_model_steps()),
      rest(rest_objective, ten_model_steps());
  while (!whole.finished()) whole.step();
  for (int i = 0; i < 3; ++i) first.step();
  save_checkpoint(path, first.parameters(), first.state(), "");
  rest.restore(load_checkpoint(path, rest.parameters()).state);
  while (!rest.finished()) rest.step();
  EXPECT_EQ(rest.state().values, whole.state().values);
  EXPECT_EQ(rest.state().average, whole.state().average);
  std::filesystem::remove(path);
}

/// x -> qkv and the chooser c -> a scorer -> attention -> logits.
constexpr char kSelecting[] = R"json({
  "version": 1, "name": "selecting", "kind": "genes",
  "functions": {"forward": {
    "inputs": [{"name": "bases", "dtype": "u8", "shape": ["bases"]}],
    "outputs": ["logits"],
    "steps": [
      {"op": "one_hot_conv1d", "in": "bases", "out": "e", "weights": "emb"},
      {"op": "linear", "in": "e", "out": "qkv", "weights": "qkv", "bias": false},
      {"op": "linear", "in": "e", "out": "c", "weights": "chooser", "bias": false},
      {"op": "selected_attention", "in": ["qkv", "c"], "out": "a", "heads": 1,
       "selector": "scorer(8)", "selector_weights": "scorer"},
      {"op": "linear", "in": "a", "out": "logits", "weights": "head", "bias": false}
    ]}}})json";

TEST(ModelObjective, TrainingLeavesASelectorAndWhatFeedsItAloneToTheBit) {
  static const MadeBases source(1);
  const std::vector<ParameterShape> shapes = {{"emb.weight", {8, 5, 9}},
                                              {"emb.bias", {8}},
                                              {"qkv.weight", {24, 8}},
                                              {"chooser.weight", {4, 8}},
                                              {"scorer.weight", {1, 4}},
                                              {"scorer.bias", {1}},
                                              {"head.weight", {8, 8}}};
  Parameters parameters(shapes, {{"heddle.model", kSelecting}});
  set_fresh_values(parameters, 5);
  ModelObjectiveSettings settings;
  settings.losses = two_frames;
  settings.inputs = {shape_of(DType::kU8, {kBases})};
  ModelObjective trained(
      parameters.clone(), model_spec(parameters, "selecting"), source, settings, backend("cpu"));
  Trainer trainer(trained, ten_model_steps());
  while (!trainer.finished()) trainer.step();
  const Parameters made = trained.with(trainer.average());
  const auto bits = [](const Parameters& of, const char* name) {
    const TensorView view = of.at(name);
    return std::vector<float>(view.as<float>(), view.as<float>() + view.size());
  };
  for (const char* name : {"chooser.weight", "scorer.weight", "scorer.bias"}) {
    EXPECT_EQ(bits(made, name), bits(parameters, name)) << name;
  }
  EXPECT_NE(bits(made, "qkv.weight"), bits(parameters, "qkv.weight"));
}

TEST_F(TinyModel, ShipsTheValuesItIsGiven) {
  const ModelObjective trained = objective("cpu");
  std::vector<float> values(static_cast<std::size_t>(trained.parameters().size()));
  trained.initial(values);
  values[5] += 1;
  const Parameters made = trained.with(values);
  const ParameterSlot& slot = trained.parameters().slots()[0];
  EXPECT_EQ(made.at(slot.name).as<float>()[5], values[5]);
  EXPECT_EQ(made.metadata().at("heddle.model"), kTinyGeneProgram);
}

TEST_F(TinyModel, LossesThatDoNotFitTheOutputAreRefused) {
  static const MadeBases source(1);
  const Parameters parameters = tiny_gene_model();
  ModelObjectiveSettings settings;
  settings.losses = [](int) {
    return std::vector<LossSpec>{{.name = "a", .first = 6, .classes = 4}};
  };
  settings.inputs = {shape_of(DType::kU8, {kBases})};
  EXPECT_THROW(
      ModelObjective(
          parameters.clone(), model_spec(parameters, "tiny"), source, settings, backend("cpu")),
      std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::train
