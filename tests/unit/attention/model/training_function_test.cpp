// A whole model learns: gradients of every operation together against differences of the loss, and
// the laws of training_function.h.

#include "attention/model/training_function.h"

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/attention/backend/random_tensor.h"
#include "tests/unit/attention/model/learner.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <unistd.h>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;

/// d loss along a direction of one tensor, by central differences. Registers are f32, so the loss
/// has a noise of about 1e-6; steps of 4e-3 make it 3e-4, and as much of third derivatives.
double slope(Learner& learner, const TensorView& tensor, const std::vector<float>& direction) {
  constexpr float kStep = 4e-3f;
  auto* x = tensor.as<float>();
  const std::vector<float> before(x, x + tensor.size());
  double loss[2];
  for (const int side : {0, 1}) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      x[i] = before[i] + (side == 0 ? -kStep : kStep) * direction[i];
    }
    loss[side] = learner.loss();
  }
  std::copy(before.begin(), before.end(), x);
  return (loss[1] - loss[0]) / (2 * double{kStep});
}

void copy_bytes(const TensorView& from, const TensorView& to) {
  std::memcpy(to.data, from.data, static_cast<std::size_t>(from.size()) * size_of(from.dtype));
}

/// Directions of length 1.
std::vector<float> direction_of(std::int64_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> direction;
  double squares = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    direction.push_back(normal(generator));
    squares += double{direction.back()} * direction.back();
  }
  for (float& one : direction) one /= static_cast<float>(std::sqrt(squares));
  return direction;
}

void expect_slopes(Learner& learner,
                   const std::string& name,
                   const TensorView& tensor,
                   const TensorView& gradient) {
  double size = 1;
  for (std::int64_t i = 0; i < gradient.size(); ++i) {
    size = std::max(size, std::abs(double{gradient.as<float>()[i]}));
  }
  for (unsigned seed = 0; seed < 3; ++seed) {
    const std::vector<float> direction = direction_of(tensor.size(), seed);
    double claimed = 0;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      claimed += double{direction[i]} * gradient.as<float>()[i];
    }
    EXPECT_NEAR(claimed, slope(learner, tensor, direction), 2e-3 * size) << name;
  }
}

class TrainingFunctionOf : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  std::string function() const { return std::get<0>(GetParam()); }
  const Backend& on() const { return backend(std::get<1>(GetParam())); }
  std::string input() const { return function() == "image" ? "image" : "bases"; }
};

TEST_P(TrainingFunctionOf, HasTheGradientsOfFiniteDifferencesForEveryParameter) {
  Learner learner(function(), on());
  Gradients gradients(learner.parameters);
  learner.learn(gradients);
  for (const std::string& name : learner.function.parameter_names()) {
    expect_slopes(learner, name, learner.parameters.at(name), gradients.at(name));
  }
}

TEST_P(TrainingFunctionOf, HasGradientsThatAreNotZeroForEveryParameter) {
  Learner learner(function(), on());
  Gradients gradients(learner.parameters);
  learner.learn(gradients);
  for (const std::string& name : learner.function.parameter_names()) {
    const TensorView gradient = gradients.at(name);
    const auto* data = gradient.as<float>();
    EXPECT_TRUE(std::any_of(data, data + gradient.size(), [](float x) { return x != 0; })) << name;
  }
}

TEST_P(TrainingFunctionOf, GivesTheOutputsOfTheModelThatItTrains) {
  Learner learner(function(), on());
  const std::string path = ::testing::TempDir() + "heddle-training-function-" +
                           std::to_string(::getpid()) + ".safetensors";
  learner.parameters.save(path);
  const Model model = Model::load(path, on());
  const TensorView& in = learner.work.input(input());
  Workspace work = model.make_workspace(function(), {in});
  copy_bytes(in, work.input(input()));
  model.run(work);
  learner.loss();
  for (const std::string& name : learner.outputs) {
    EXPECT_LT(max_difference(learner.work.output(name), work.output(name)), 1e-5) << name;
  }
  std::filesystem::remove(path);
}

TEST_P(TrainingFunctionOf, HasTheSameBitsWithCheckpoints) {
  Learner plain(function(), on());
  Learner checked(function(), on(), {.checkpoint = true});
  Gradients a(plain.parameters);
  Gradients b(checked.parameters);
  plain.learn(a);
  checked.learn(b);
  EXPECT_TRUE(std::ranges::equal(a.flat(), b.flat()));
}

TEST_P(TrainingFunctionOf, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<Gradients> made;
  for (const int threads : {1, 4}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    Learner learner(function(), on());
    made.emplace_back(learner.parameters);
    learner.learn(made.back());
  }
  EXPECT_TRUE(std::ranges::equal(made[0].flat(), made[1].flat()));
}

TEST_P(TrainingFunctionOf, HasTheSameBitsBesideOtherWorkspacesAtOnce) {
  Learner alone(function(), on());
  Gradients wanted(alone.parameters);
  alone.learn(wanted);
  constexpr std::size_t kWorkspaces = 4;
  std::vector<TrainingWorkspace> works;
  std::vector<Gradients> made;
  for (std::size_t i = 0; i < kWorkspaces; ++i) {
    made.emplace_back(alone.parameters);
    works.push_back(alone.function.make_workspace({alone.work.input(input())}));
    copy_bytes(alone.work.input(input()), works.back().input(input()));
    for (const std::string& name : alone.outputs) {
      copy(alone.work.output_gradient(name), works.back().output_gradient(name));
    }
  }
  tbb::parallel_for(std::size_t{0}, kWorkspaces, [&](std::size_t i) {
    alone.function.forward(alone.parameters, works[i]);
    alone.function.backward(alone.parameters, works[i], made[i]);
  });
  for (const Gradients& one : made) EXPECT_TRUE(std::ranges::equal(one.flat(), wanted.flat()));
}

TEST_P(TrainingFunctionOf, AddsToTheGradientsThatAreThere) {
  Learner learner(function(), on());
  Gradients once(learner.parameters);
  Gradients twice(learner.parameters);
  learner.learn(once);
  learner.learn(twice);
  learner.learn(twice);
  for (std::size_t i = 0; i < once.flat().size(); ++i) {
    const float wanted = 2 * once.flat()[i];
    EXPECT_NEAR(twice.flat()[i], wanted, 1e-5 * std::max(1.0f, std::abs(wanted)));
  }
}

TEST_P(TrainingFunctionOf, LeavesFrozenParametersWithoutGradient) {
  Learner learner(function(), on());
  Gradients all(learner.parameters);
  learner.learn(all);
  const std::string frozen = function() == "image" ? "enc.1." : "blk.0.";
  learner.parameters.set_trainable(frozen, false);
  Gradients some(learner.parameters);
  learner.learn(some);
  for (std::size_t i = 0; i < some.count(); ++i) {
    const bool is_frozen = some.info(i).name.starts_with(frozen);
    for (std::int64_t e = 0; e < some.info(i).size; ++e) {
      ASSERT_EQ(some.at(i).as<float>()[e], is_frozen ? 0 : all.at(i).as<float>()[e]);
    }
  }
}

TEST_P(TrainingFunctionOf, LeavesItsInputsAndTheCallersGradientsAsTheyAre) {
  Learner learner(function(), on());
  const Learner untouched(function(), on());
  Gradients gradients(learner.parameters);
  learner.learn(gradients);
  for (const std::string& name : learner.outputs) {
    EXPECT_TRUE(
        same_bits(learner.work.output_gradient(name), untouched.work.output_gradient(name)));
  }
  EXPECT_TRUE(same_bits(learner.work.input(input()), untouched.work.input(input())));
}

INSTANTIATE_TEST_SUITE_P(,
                         TrainingFunctionOf,
                         ::testing::Combine(::testing::Values("sequence", "image"),
                                            ::testing::Values("reference", "cpu")),
                         [](const auto& one) {
                           return std::get<0>(one.param) + "_" + std::get<1>(one.param);
                         });

TEST(TrainingFunction, GivesAnInputsGradientWhereItIsWanted) {
  Learner learner("image", backend("reference"), {.input_gradients = true});
  Gradients gradients(learner.parameters);
  learner.learn(gradients);
  Tensor gradient(DType::kF32, {4, 6, 3});
  copy(learner.work.input_gradient("image"), gradient.view());
  expect_slopes(learner, "image", learner.work.input("image"), gradient.view());
}

TEST(TrainingFunction, SaysWhyAnInputHasNoGradient) {
  const Learner learner("image", backend("cpu"));
  try {
    learner.work.input_gradient("image");
    FAIL() << "gave one";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("not asked for"));
  }
}

TEST(TrainingFunction, NeedsLessMemoryWithCheckpoints) {
  const Parameters parameters = every_operation_parameters();
  const TrainingFunction function(
      model_spec(parameters, "test"), "sequence", parameters, backend("cpu"));
  const Shape shape = shape_of(DType::kU8, {3072});
  EXPECT_LT(function.make_workspace({shape}, {.checkpoint = true}).bytes(),
            function.make_workspace({shape}).bytes());
}

TEST(TrainingFunction, CountsTheWorkOfBothDirections) {
  const Learner learner("image", backend("cpu"));
  // enc.0: 6 pixels x 135 weights; enc.1 and enc.2: 6 x 180; enc.3: 6 x 15.
  EXPECT_EQ(learner.work.forward_flop(), 2.0 * 6 * (135 + 180 + 180 + 15));
  EXPECT_EQ(learner.work.backward_flop(), 2.0 * 6 * (135 + 2 * (180 + 180 + 15)));
}

/// Parameters for a program of one function `f`.
Parameters parameters_for(const std::string& steps, const std::vector<ParameterShape>& shapes) {
  const std::string input = R"([{"name": "x", "dtype": "f32", "shape": ["rows", 8]}])";
  return {shapes, {{"heddle.model", program_of(input, steps)}}};
}

std::string refusal_of(const Parameters& parameters) {
  try {
    const TrainingFunction function(model_spec(parameters, "m"), "f", parameters, backend("cpu"));
  } catch (const WeightsError& error) {
    return error.what();
  }
  return "";
}

TEST(TrainingFunction, TakesWhatASelectorChoosesAsConstant) {
  const Parameters parameters = parameters_for(
      R"steps([{"op": "linear", "in": "x", "out": "qkv", "weights": "w", "bias": false},
               {"op": "linear", "in": "x", "out": "c", "weights": "v", "bias": false},
               {"op": "selected_attention", "in": ["qkv", "c"], "out": "y", "heads": 1,
                "selector": "scorer(2)", "selector_weights": "s"}])steps",
      {{"w.weight", {12, 8}}, {"v.weight", {3, 8}}, {"s.weight", {1, 3}}, {"s.bias", {1}}});
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    fill_randomly(parameters.at(i), static_cast<unsigned>(i));
  }
  const TrainingFunction function(model_spec(parameters, "m"), "f", parameters, backend("cpu"));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kF32, {6, 8})});
  fill_randomly(work.input("x"), 10);
  fill_randomly(work.output_gradient("y"), 11);
  Gradients gradients(parameters);
  function.forward(parameters, work);
  function.backward(parameters, work, gradients);
  const auto largest = [&](const char* name) {
    double most = 0;
    for (std::int64_t i = 0; i < gradients.at(name).size(); ++i) {
      most = std::max(most, std::abs(double{gradients.at(name).as<float>()[i]}));
    }
    return most;
  };
  EXPECT_GT(largest("w.weight"), 0.1);
  EXPECT_EQ(largest("v.weight"), 0);
  EXPECT_EQ(largest("s.weight"), 0);
}

/// The gradient of one matrix, whose rows the steps read as queries, keys and values.
std::vector<float> gradient_of_readers(const std::string& steps, const char* on) {
  const Parameters parameters = parameters_for(
      R"([{"op": "linear", "in": "x", "out": "qkv", "weights": "w", "bias": false},)" + steps + "]",
      {{"w.weight", {24, 8}}});
  fill_randomly(parameters.at("w.weight"), 1);
  const TrainingFunction function(model_spec(parameters, "m"), "f", parameters, backend(on));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kF32, {6, 8})});
  fill_randomly(work.input("x"), 2);
  fill_randomly(work.output_gradient("y"), 3);
  Gradients gradients(parameters);
  function.forward(parameters, work);
  function.backward(parameters, work, gradients);
  return {gradients.flat().begin(), gradients.flat().end()};
}

TEST(TrainingFunction, AddsTheGradientsOfAllThatReadARegister) {
  const std::string near =
      R"json({"op": "attention", "in": "qkv", "out": "y", "heads": 2, "pattern": "window(1)"})json";
  const std::string all =
      R"json({"op": "attention", "in": "qkv", "out": "z", "heads": 2, "pattern": "dense()"})json";
  const std::string turned =
      R"json({"op": "rotary", "in": "qkv", "out": "r", "heads": 4, "dim": 4, "theta": 100},
         {"op": "attention", "in": "r", "out": "v", "heads": 2, "pattern": "dense()"})json";
  const std::string sum_z = R"(, {"op": "add", "in": ["y", "z"], "out": "y"})";
  const std::string sum_v = R"(, {"op": "add", "in": ["y", "v"], "out": "y"})";
  const auto alone = [](std::string steps, char name) {  // as the function's output
    const std::string out = std::string(R"("out": ")") + name + '"';
    return steps.replace(steps.find(out), out.size(), R"("out": "y")");
  };
  for (const char* on : {"reference", "cpu"}) {
    const auto one = gradient_of_readers(near, on);
    const auto two = gradient_of_readers(alone(all, 'z'), on);
    const auto three = gradient_of_readers(alone(turned, 'v'), on);
    // Backward meets the later first: rotary adds to two, and an attention to one.
    const auto together =
        gradient_of_readers(turned + ", " + near + ", " + all + sum_z + sum_v, on);
    for (std::size_t i = 0; i < one.size(); ++i) {
      const double wanted = double{one[i]} + two[i] + three[i];
      EXPECT_NEAR(together[i], wanted, 1e-5 * std::max(1.0, std::abs(wanted))) << on << " " << i;
    }
  }
}

TEST(TrainingFunction, RefusesASecondBackwardOfOneForward) {
  Learner learner("image", backend("reference"));
  Gradients gradients(learner.parameters);
  EXPECT_THROW(learner.function.backward(learner.parameters, learner.work, gradients),
               std::invalid_argument);
  learner.learn(gradients);
  EXPECT_THROW(learner.function.backward(learner.parameters, learner.work, gradients),
               std::invalid_argument);
}

TEST(TrainingFunction, NamesTheParameterThatIsMissing) {
  EXPECT_THAT(
      refusal_of(parameters_for(
          R"([{"op": "linear", "in": "x", "out": "y", "weights": "w", "bias": false}])", {})),
      HasSubstr("no tensor 'w.weight'"));
}

TEST(TrainingFunction, RefusesParametersOfOtherShapes) {
  const std::string steps =
      R"([{"op": "linear", "in": "x", "out": "y", "weights": "w", "bias": false}])";
  const Parameters made = parameters_for(steps, {{"w.weight", {3, 8}}});
  const Parameters other = parameters_for(steps, {{"w.weight", {4, 8}}});
  const TrainingFunction function(model_spec(made, "m"), "f", made, backend("cpu"));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kF32, {2, 8})});
  EXPECT_THROW(function.forward(other, work), std::invalid_argument);
}

TEST(TrainingFunction, GivesOnePlaceWrittenTwiceTwoGradients) {
  // y = a x, then y is started afresh as b y: the gradients of a and b differ.
  const Parameters parameters = parameters_for(
      R"([{"op": "linear", "in": "x", "out": "y", "weights": "a", "bias": false},
          {"op": "linear", "in": "y", "out": "y", "weights": "b", "bias": false}])",
      {{"a.weight", {1, 8}}, {"b.weight", {1, 1}}});
  const TrainingFunction function(
      model_spec(parameters, "m"), "f", parameters, backend("reference"));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kF32, {1, 8})});
  std::fill_n(work.input("x").as<float>(), 8, 2.0f);
  std::fill_n(parameters.at("a.weight").as<float>(), 8, 3.0f);
  *parameters.at("b.weight").as<float>() = 5;
  *work.output_gradient("y").as<float>() = 7;
  Gradients gradients(parameters);
  function.forward(parameters, work);
  function.backward(parameters, work, gradients);
  EXPECT_EQ(*work.output("y").as<float>(), 5 * 8 * 2 * 3);
  EXPECT_EQ(*gradients.at("a.weight").as<float>(), 7 * 5 * 2);
  EXPECT_EQ(*gradients.at("b.weight").as<float>(), 7 * 8 * 2 * 3);
}

}  // namespace
}  // namespace heddle::attention
