#include "attention/train/teacher.h"

#include "attention/train/checkpoint.h"
#include "attention/train/model_objective.h"
#include "attention/train/trainer.h"
#include "tests/unit/attention/train/finite_differences.h"
#include "tests/unit/attention/train/made_bases.h"
#include "tests/unit/attention/train/tiny_gene_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <vector>

namespace heddle::attention::train {
namespace {

class Taught : public testing::Test {
 protected:
  static ModelObjective objective(const char* on, double share, bool teacher = true) {
    static const MadeBases source(3);
    const Parameters parameters = tiny_gene_model();
    ModelObjectiveSettings settings;
    settings.losses = [share](int) {
      return std::vector<LossSpec>{
          {.name = "frames+", .first = 0, .classes = 4, .column = 0, .taught = share},
          {.name = "frames-",
           .kind = LossKind::kFocal,
           .first = 4,
           .classes = 4,
           .column = 1,
           .weight = 0.5,
           .taught = share}};
    };
    settings.inputs = {shape_of(DType::kU8, {kBases})};
    if (teacher) settings.teacher = tiny_teacher();
    return {parameters.clone(), model_spec(parameters, "tiny"), source, settings, backend(on)};
  }
  static TrainingOptions steps(std::int64_t count) {
    TrainingOptions options;
    options.schedule = {.peak = 0.01, .warm_up = 2, .steps = count, .final_share = 0.1};
    options.batch = 2;
    return options;
  }
  static std::vector<double> losses(const char* on) {
    ModelObjective learner = objective(on, 0.6);
    Trainer trainer(learner, steps(10));
    std::vector<double> made;
    while (!trainer.finished()) made.push_back(trainer.step().loss.total);
    return made;
  }
};

TEST_F(Taught, ThreadsChangeNoBitAndBackEndsAgree) {
  const std::vector<double> made = losses("cpu");
  for (const std::size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    EXPECT_EQ(losses("cpu"), made) << threads;
  }
  const std::vector<double> reference = losses("reference");
  // fp32 against fp64; ten steps let the difference grow.
  for (std::size_t i = 0; i < made.size(); ++i) EXPECT_NEAR(made[i], reference[i], 1e-5) << i;
}

TEST_F(Taught, GradientIsThatOfFiniteDifferences) {
  ModelObjective learner = objective("reference", 0.6);
  // fp32 activations: losses of about 2 are known to 1e-6, differences to 1e-6 * 128.
  expect_gradient_of_differences(learner, 4e-4);
}

TEST_F(Taught, ATeacherWithoutAShareChangesNoBit) {
  ModelObjective with = objective("cpu", 0), without = objective("cpu", 0, false);
  Trainer taught(with, steps(3)), alone(without, steps(3));
  while (!alone.finished()) {
    taught.step();
    alone.step();
  }
  EXPECT_EQ(taught.state().values, alone.state().values);
}

/// How far the answers of a model with these values are from its teacher's.
double distance(const Parameters& learned) {
  const auto teacher = tiny_teacher();
  const auto answers = [](const Parameters& of, const ModelSpec& spec) {
    static const MadeBases source(1);
    const TrainingFunction function(spec, "forward", of, backend("cpu"));
    TrainingWorkspace work = function.make_workspace({shape_of(DType::kU8, {kBases})});
    Tensor labels(DType::kU8, {kBases, 2});
    source.fill_validation(0, {{{"bases", work.input("bases")}}, labels.view()});
    function.forward(of, work);
    const auto* logits = work.output("logits").as<float>();
    return std::vector<float>(logits, logits + 8 * kBases);
  };
  const std::vector<float> theirs = answers(teacher->parameters, teacher->spec);
  const std::vector<float> own = answers(learned, model_spec(learned, "tiny"));
  double far = 0;
  for (std::size_t i = 0; i < own.size(); i += 4) {
    double total[2] = {0, 0};
    for (std::size_t c = 0; c < 4; ++c) total[0] += std::exp(own[i + c]);
    for (std::size_t c = 0; c < 4; ++c) total[1] += std::exp(theirs[i + c]);
    for (std::size_t c = 0; c < 4; ++c) {
      far += std::fabs(std::exp(own[i + c]) / total[0] - std::exp(theirs[i + c]) / total[1]);
    }
  }
  return far;
}

TEST_F(Taught, ByTheTeacherAloneAModelComesToAnswerAsItDoes) {
  ModelObjective learner = objective("cpu", 1);
  Trainer trainer(learner, steps(60));
  const double before = distance(learner.with(trainer.state().values));
  while (!trainer.finished()) trainer.step();
  EXPECT_LT(distance(learner.with(trainer.state().values)), 0.5 * before);
}

TEST_F(Taught, ValidationIsOfLabelsAlone) {
  ModelObjective with = objective("cpu", 0.6), without = objective("cpu", 0.6, false);
  Trainer taught(with, steps(3)), alone(without, steps(3));
  EXPECT_EQ(taught.validate().total, alone.validate().total);
}

ModelSpec changed(ModelSpec spec, const std::string& input) {
  spec.functions.at("forward").inputs[0].name = input;
  return spec;
}

std::string refusal(const FrozenModel& teacher) {
  const Parameters parameters = tiny_gene_model();
  const ModelSpec spec = model_spec(parameters, "tiny");
  const TrainingFunction function(spec, "forward", parameters, backend("cpu"));
  const Shape bases = shape_of(DType::kU8, {kBases});
  const TrainingWorkspace work = function.make_workspace({bases});
  try {
    const Teacher made(
        teacher,
        {.spec = spec, .work = work, .function = "forward", .output = "logits", .inputs = {bases}},
        backend("cpu"));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

constexpr char kFewer[] = R"json({
  "version": 1, "name": "seven", "kind": "genes",
  "functions": {"forward": {
    "inputs": [{"name": "bases", "dtype": "u8", "shape": ["bases"]}],
    "outputs": ["logits"],
    "steps": [{"op": "one_hot_conv1d", "in": "bases", "out": "logits", "weights": "emb"}]}}})json";

TEST(TeacherErrors, OtherInputsOrOutputsNameBothModels) {
  EXPECT_EQ(refusal(*tiny_teacher()), "");
  const std::vector<ParameterShape> shapes = {{"emb.weight", {7, 5, 9}}, {"emb.bias", {7}}};
  Parameters few(shapes, {{"heddle.model", kFewer}});
  ModelSpec spec = model_spec(few, "few");
  EXPECT_THAT(refusal({few.clone(), spec}),
              testing::AllOf(testing::HasSubstr("teacher 'seven' gives f32 (192, 7)"),
                             testing::HasSubstr("'genes-tiny-test' f32 (192, 8)")));
  EXPECT_THAT(refusal({few.clone(), changed(spec, "letters")}),
              testing::AllOf(testing::HasSubstr("'seven' takes letters"),
                             testing::HasSubstr("'genes-tiny-test' takes bases")));
}

}  // namespace
}  // namespace heddle::attention::train
