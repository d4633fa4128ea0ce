// A small gene model learns on the GPU beside the CPU. Skipped, saying why, where there is none.

#include "attention/model/training_function.h"
#include "attention/train/checkpoint.h"
#include "attention/train/model_objective.h"
#include "attention/train/trainer.h"
#include "tests/unit/attention/backend/placed_run.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/train/finite_differences.h"
#include "tests/unit/attention/train/made_bases.h"
#include "tests/unit/attention/train/tiny_gene_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention::train {
namespace {

/// Both kinds of loss, with all that they can be told.
std::vector<LossSpec> two_frames(int /*channels*/) {
  return {{.name = "frames+", .first = 0, .classes = 4, .column = 0, .smoothing = 0.05},
          {.name = "frames-",
           .kind = LossKind::kFocal,
           .first = 4,
           .classes = 4,
           .column = 1,
           .weight = 0.5,
           .gamma = 1.5,
           .class_weights = {1, 2, 0.5, 1}}};
}

std::vector<LossSpec> two_taught_frames(int channels) {
  std::vector<LossSpec> losses = two_frames(channels);
  losses[0].taught = 0.3;
  losses[1].taught = 0.8;
  return losses;
}

TrainingOptions ten_steps() {
  TrainingOptions options;
  options.schedule = {.peak = 0.01, .warm_up = 2, .steps = 10, .final_share = 0.1};
  options.batch = 19;  // more than run at once, and no multiple
  return options;
}

/// `share` of the largest value: f32 differs by the order of sums; bf16 rounds every operand of
/// some twenty products to 2^-9.
struct LearningTolerance {
  const char* backend;
  double gradient;
  double loss;
};
void PrintTo(const LearningTolerance& t, std::ostream* os) { *os << t.backend; }

class DeviceTraining : public testing::TestWithParam<LearningTolerance> {
 protected:
  static ModelObjective objective(const char* on,
                                  bool checkpoint = false,
                                  const std::string& program = kTinyGeneProgram,
                                  bool taught = false) {
    static const MadeBases source(20);
    const Parameters parameters = tiny_gene_model(program);
    ModelObjectiveSettings settings;
    settings.losses = taught ? two_taught_frames : two_frames;
    if (taught) settings.teacher = tiny_teacher();
    settings.inputs = {shape_of(DType::kU8, {kBases})};
    settings.checkpoint = checkpoint;
    return {parameters.clone(), model_spec(parameters, "tiny"), source, settings, backend(on)};
  }
  static std::vector<float> gradient_on(const char* on,
                                        bool checkpoint = false,
                                        const std::string& program = kTinyGeneProgram,
                                        bool taught = false) {
    ModelObjective learner = objective(on, checkpoint, program, taught);
    const std::vector<SampleKey> keys = {{1, 2, 3}, {1, 2, 4}, {1, 2, 5}};
    std::vector<SampleLoss> losses(keys.size());
    std::vector<float> values(static_cast<std::size_t>(learner.parameters().size()));
    std::vector<float> gradient(values.size());
    learner.initial(values);
    for (int again = 0; again < 4; ++again) {  // step by step, recorded, and replayed twice
      std::ranges::fill(gradient, 0.0f);
      learner.use(values);
      learner.train_all(keys, gradient, losses);
    }
    return gradient;
  }
  static void expect_near(const std::vector<float>& got, const std::vector<float>& wanted) {
    float largest = 0;
    for (const float x : wanted) largest = std::max(largest, std::fabs(x));
    double most = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      most = std::max(most, std::fabs(double{got[i]} - wanted[i]));
    }
    EXPECT_LE(most, GetParam().gradient * largest);
  }
  /// Why a function of these steps over bases does not learn there, for windows of 12.
  static std::string refusal(const std::string& steps, const std::vector<ParameterShape>& shapes) {
    const Parameters parameters(
        shapes,
        {{"heddle.model",
          R"({"version": 1, "name": "m", "kind": "genes", "functions": {"f": {"inputs": [{"name":
              "bases", "dtype": "u8", "shape": ["n"]}], "outputs": ["y"], "steps": [)" +
              steps + "]}}}"}});
    try {
      const TrainingFunction function(
          model_spec(parameters, "m"), "f", parameters, backend(GetParam().backend));
      static_cast<void>(function.make_workspace({shape_of(DType::kU8, {12})}));
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }
};

TEST_P(DeviceTraining, HasTheCpusGradients) {
  SKIP_WITHOUT(GetParam().backend);
  expect_near(gradient_on(GetParam().backend), gradient_on("cpu"));
}

TEST_P(DeviceTraining, AddsTheGradientsOfAllThatReadARegister) {
  SKIP_WITHOUT(GetParam().backend);
  const std::string program = tiny_program_of_three_attentions();
  expect_near(gradient_on(GetParam().backend, false, program), gradient_on("cpu", false, program));
}

TEST_P(DeviceTraining, RefusesByTheStepsNameWhatItsKernelsDoNotTake) {
  SKIP_WITHOUT(GetParam().backend);
  const std::string wide = refusal(
      R"json({"op": "one_hot", "in": "bases", "out": "h", "classes": 5},
         {"op": "linear", "in": "h", "out": "qkv", "weights": "w", "bias": false},
         {"op": "attention", "in": "qkv", "out": "y", "heads": 1, "pattern": "dense()"})json",
      {{"w.weight", {3 * 264, 5}}});
  EXPECT_THAT(wide, testing::AllOf(testing::HasSubstr("attention"), testing::HasSubstr("264")));
  const std::string step = R"({"op": "one_hot_conv1d", "in": "bases", "out": "y", "weights": "w"})";
  const std::string long_one = refusal(step, {{"w.weight", {8, 5, 77}}, {"w.bias", {8}}});
  EXPECT_THAT(long_one,
              testing::AllOf(testing::HasSubstr("one_hot_conv1d"), testing::HasSubstr("385")));
  EXPECT_EQ(refusal(step, {{"w.weight", {8, 5, 75}}, {"w.bias", {8}}}), "");
}

TEST_P(DeviceTraining, HasTheSameBitsAgainAndWithTurnsRunAgain) {
  SKIP_WITHOUT(GetParam().backend);
  const std::vector<float> made = gradient_on(GetParam().backend);
  EXPECT_EQ(gradient_on(GetParam().backend), made);
  EXPECT_EQ(gradient_on(GetParam().backend, true), made);
}

TEST_P(DeviceTraining, TenStepsGiveTheCpusLosses) {
  SKIP_WITHOUT(GetParam().backend);
  ModelObjective here = objective("cpu");
  ModelObjective there = objective(GetParam().backend);
  Trainer wanted(here, ten_steps());
  Trainer got(there, ten_steps());
  while (!wanted.finished()) {
    const StepReport here_step = wanted.step();
    const StepReport there_step = got.step();
    EXPECT_NEAR(there_step.loss.total, here_step.loss.total, GetParam().loss) << here_step.step;
    for (const std::size_t group : {0, 1}) {
      EXPECT_EQ(there_step.loss.groups[group].rows, here_step.loss.groups[group].rows);
    }
  }
  EXPECT_NEAR(got.validate().total, wanted.validate().total, GetParam().loss);
}

TEST_P(DeviceTraining, HasTheCpusGradientsBesideATeacher) {
  SKIP_WITHOUT(GetParam().backend);
  const auto taught = [](const char* on) { return gradient_on(on, false, kTinyGeneProgram, true); };
  const std::vector<float> made = taught(GetParam().backend);
  expect_near(made, taught("cpu"));
  EXPECT_EQ(taught(GetParam().backend), made);
  EXPECT_NE(gradient_on(GetParam().backend), made);
}

TEST_P(DeviceTraining, TenTaughtStepsGiveTheCpusLosses) {
  SKIP_WITHOUT(GetParam().backend);
  ModelObjective here = objective("cpu", false, kTinyGeneProgram, true);
  ModelObjective there = objective(GetParam().backend, false, kTinyGeneProgram, true);
  Trainer wanted(here, ten_steps());
  Trainer got(there, ten_steps());
  while (!wanted.finished()) {
    const double loss = wanted.step().loss.total;
    EXPECT_NEAR(got.step().loss.total, loss, GetParam().loss);
  }
  EXPECT_NEAR(got.validate().total, wanted.validate().total, GetParam().loss);
}

TEST_P(DeviceTraining, AResumedRunHasTheBitsOfAnUndisturbedOne) {
  SKIP_WITHOUT(GetParam().backend);
  ModelObjective whole = objective(GetParam().backend);
  Trainer undisturbed(whole, ten_steps());
  while (undisturbed.state().step < 4) undisturbed.step();
  TrainingState half = undisturbed.state();
  while (!undisturbed.finished()) undisturbed.step();
  ModelObjective again = objective(GetParam().backend);
  Trainer resumed(again, ten_steps());
  resumed.restore(std::move(half));
  while (!resumed.finished()) resumed.step();
  EXPECT_EQ(resumed.state().values, undisturbed.state().values);
  EXPECT_EQ(resumed.state().average, undisturbed.state().average);
}

TEST_P(DeviceTraining, GradientIsThatOfFiniteDifferences) {
  SKIP_WITHOUT(GetParam().backend);
  if (std::string(GetParam().backend) == "cuda") GTEST_SKIP() << "bf16 is coarser than the steps";
  ModelObjective learner = objective(GetParam().backend);
  // Losses of f32 registers have a noise of 1e-6, and steps of 2^-8 third derivatives.
  expect_gradient_of_differences(learner, 1e-3);
}

TEST_P(DeviceTraining, TakesTheParametersOfEveryCallAndAddsToGradients) {
  SKIP_WITHOUT(GetParam().backend);
  Parameters parameters = tiny_gene_model();
  const TrainingFunction function(
      model_spec(parameters, "tiny"), "forward", parameters, backend(GetParam().backend));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kU8, {kBases})});
  std::fill_n(work.input("bases").as<std::uint8_t>(), kBases, std::uint8_t{2});
  std::fill_n(work.output_gradient("logits").as<float>(), kBases * 8, 0.01f);
  Gradients once(parameters);
  Gradients thrice(parameters);
  function.forward(parameters, work);
  function.backward(parameters, work, once);
  for (int i = 0; i < 3; ++i) {
    function.forward(parameters, work);
    function.backward(parameters, work, thrice);
  }
  for (std::size_t i = 0; i < once.flat().size(); ++i) {
    EXPECT_NEAR(thrice.flat()[i], 3 * once.flat()[i], 1e-6 + 1e-6 * std::fabs(once.flat()[i]));
  }
  EXPECT_THROW(function.backward(parameters, work, once), std::invalid_argument);
  const float before = work.output("logits").as<float>()[0];
  parameters.at("head.bias").as<float>()[0] += 1;
  function.forward(parameters, work);
  EXPECT_NEAR(work.output("logits").as<float>()[0], before + 1, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Backends,
                         DeviceTraining,
                         testing::Values(LearningTolerance{"cuda-f32", 1e-4, 2e-5},
                                         LearningTolerance{"cuda", 3e-2, 2e-2}),
                         [](const auto& tested) {
                           return std::string(tested.param.backend) == "cuda" ? "cuda" : "cuda_f32";
                         });

}  // namespace
}  // namespace heddle::attention::train
