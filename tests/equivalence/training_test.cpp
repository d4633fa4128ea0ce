// The models that ship, as functions that learn: the outputs of Model::run, and gradients that the
// two back ends share.

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/model/training_function.h"
#include "tests/equivalence/agreement.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace heddle::attention {
namespace {

struct Shipped {
  std::string name;
  std::string function;
  std::string input;
  Shape shape;  // as large as the model runs; the gradients' check takes a smaller one
  Shape small;
};

void PrintTo(const Shipped& s, std::ostream* os) { *os << s.name; }

std::vector<Shipped> shipped() {
  return {{"genes-reference",
           "forward",
           "bases",
           shape_of(DType::kU8, {6144}),
           shape_of(DType::kU8, {96})},
          {"tracking-reference",
           "encode",
           "image",
           shape_of(DType::kF32, {64, 48, 3}),
           shape_of(DType::kF32, {16, 16, 3})}};
}

void fill(const TensorView& view, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (view.dtype == DType::kU8) {
      view.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(generator() % 5);
    } else {
      view.as<float>()[i] = normal(generator);
    }
  }
}

class LearningModel : public ::testing::TestWithParam<Shipped> {
 protected:
  LearningModel()
      : path_(HEDDLE_ROOT "/configs/models/" + GetParam().name + "/weights.safetensors"),
        parameters_(Weights(path_)),
        spec_(model_spec(parameters_, path_)) {}

  TrainingFunction function_on(const char* backend_name) const {
    return {spec_, GetParam().function, parameters_, backend(backend_name)};
  }
  const std::vector<std::string>& outputs() const {
    return spec_.functions.at(GetParam().function).outputs;
  }

  std::string path_;
  Parameters parameters_;
  ModelSpec spec_;
};

TEST_P(LearningModel, LearnsFromTheOutputsThatItRunsWith) {
  const TrainingFunction function = function_on("cpu");
  TrainingWorkspace learning = function.make_workspace({GetParam().shape});
  fill(learning.input(GetParam().input), 1);
  const Model model = Model::load(path_, backend("cpu"));
  Workspace running = model.make_workspace(GetParam().function, {GetParam().shape});
  fill(running.input(GetParam().input), 1);
  function.forward(parameters_, learning);
  model.run(running);
  for (const std::string& name : outputs()) {
    const TensorView& wanted = running.output(name);
    double largest = 1;
    for (std::int64_t i = 0; i < wanted.size(); ++i) {
      largest = std::max(largest, std::abs(double{wanted.as<float>()[i]}));
    }
    EXPECT_LT(max_difference(learning.output(name), wanted), 1e-5 * largest) << name;
  }
}

TEST_P(LearningModel, HasTheReferencesGradientsOnTheCpu) {
  std::vector<Gradients> made;
  for (const char* name : {"cpu", "reference"}) {
    const TrainingFunction function = function_on(name);
    TrainingWorkspace work = function.make_workspace({GetParam().small});
    fill(work.input(GetParam().input), 2);
    for (const std::string& output : outputs()) fill(work.output_gradient(output), 3);
    made.emplace_back(parameters_);
    function.forward(parameters_, work);
    function.backward(parameters_, work, made.back());
  }
  for (std::size_t i = 0; i < made[0].count(); ++i) {
    double largest = 0;
    for (std::int64_t e = 0; e < made[1].info(i).size; ++e) {
      largest = std::max(largest, std::abs(double{made[1].at(i).as<float>()[e]}));
    }
    // fp32 through a whole model and back.
    EXPECT_LE(max_difference(made[0].at(i), made[1].at(i)), 1e-3 * largest) << made[0].info(i).name;
  }
}

INSTANTIATE_TEST_SUITE_P(, LearningModel, ::testing::ValuesIn(shipped()), [](const auto& one) {
  return one.param.name.substr(0, one.param.name.find('-'));
});

}  // namespace
}  // namespace heddle::attention
