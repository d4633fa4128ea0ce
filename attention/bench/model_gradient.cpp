#include "attention/bench/measurement.h"
#include "attention/model/training_function.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <random>
#include <stdexcept>

namespace heddle::attention::bench {
namespace {

/// What a kind of model learns from: one function, timed on one input and checked on a smaller one.
struct Lesson {
  std::string function;
  std::string input;
  Shape timed;
  Shape checked;
  double items = 0;  // of one timed run
  std::string_view unit;
};

std::int64_t field(const ModelSpec& spec, const char* name) {
  const auto found = spec.fields.find(name);
  if (found == spec.fields.end()) {
    throw std::invalid_argument("model '" + spec.name + "' has no field '" + name + "'");
  }
  return std::stoll(found->second);
}

Lesson lesson_of(const ModelSpec& spec) {
  if (spec.kind == "genes") {
    const std::int64_t segment = field(spec, "segment");
    const bool any_length = spec.fields.contains("window_step");
    return {.function = "forward",
            .input = "bases",
            .timed = shape_of(DType::kU8, {segment}),
            .checked = shape_of(DType::kU8, {any_length ? 16 * field(spec, "patch") : segment}),
            .items = static_cast<double>(segment),
            .unit = "bases"};
  }
  if (spec.kind == "tracking") {
    return {.function = "encode",
            .input = "image",
            .timed = shape_of(DType::kF32, {256, 256, 3}),
            .checked = shape_of(DType::kF32, {16, 16, 3}),
            .items = 1,
            .unit = "crops"};
  }
  throw std::invalid_argument("no bench teaches models of kind '" + spec.kind + "'");
}

void fill(const TensorView& view) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (view.dtype == DType::kU8) {
      view.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random() % 4);
    } else {
      view.as<float>()[i] = normal(random);
    }
  }
}

/// A function with one input and one place for gradients.
struct Learner {
  const TrainingFunction& function;
  const Parameters& parameters;
  TrainingWorkspace work;
  Gradients gradients;

  Learner(const TrainingFunction& of,
          const Parameters& with,
          const Lesson& lesson,
          const FunctionSpec& spec,
          const Shape& shape)
      : function(of), parameters(with), work(of.make_workspace({shape})), gradients(with) {
    fill(work.input(lesson.input));
    for (const std::string& output : spec.outputs) fill(work.output_gradient(output));
  }
  void learn() {
    function.forward(parameters, work);
    function.backward(parameters, work, gradients);
  }
};

/// The largest difference of a tensor's gradients, as a share of its largest gradient.
double difference(const Gradients& mine, const Gradients& right) {
  double worst = 0;
  for (std::size_t i = 0; i < right.count(); ++i) {
    double largest = 0;
    double apart = 0;
    for (std::int64_t e = 0; e < right.info(i).size; ++e) {
      const double wanted = right.at(i).as<float>()[e];
      largest = std::max(largest, std::fabs(wanted));
      apart = worse(apart, std::fabs(mine.at(i).as<float>()[e] - wanted));
    }
    if (largest > 0) worst = worse(worst, apart / largest);
  }
  return worst;
}

}  // namespace

Measurement measure_model_gradient(const std::string& path, int threads) {
  const Parameters parameters{Weights(path)};
  const ModelSpec spec = model_spec(parameters, path);
  const Lesson lesson = lesson_of(spec);
  const FunctionSpec& program = spec.functions.at(lesson.function);
  const TrainingFunction function(spec, lesson.function, parameters, backend("cpu"));
  const TrainingFunction judge(spec, lesson.function, parameters, backend("reference"));
  std::vector<Learner> learners;
  learners.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    learners.emplace_back(function, parameters, lesson, program, lesson.timed);
  }
  Measurement made;
  made.best = time_of([&] {
    tbb::parallel_for(std::size_t{0}, learners.size(), [&](std::size_t i) { learners[i].learn(); });
  });
  const TrainingWorkspace& work = learners.front().work;
  made.flop = threads * (work.forward_flop() + work.backward_flop());
  made.items = threads * lesson.items;
  made.unit = lesson.unit;
  Learner mine(function, parameters, lesson, program, lesson.checked);
  Learner right(judge, parameters, lesson, program, lesson.checked);
  mine.learn();
  right.learn();
  made.error = difference(mine.gradients, right.gradients);
  made.tolerance = 1e-3;  // fp32 through a whole model and back, as a share of a tensor's largest
  return made;
}

}  // namespace heddle::attention::bench
