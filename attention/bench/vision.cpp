#include "attention/bench/vision.h"

#include "attention/backend/backend.h"
#include "attention/bench/peak.h"
#include "attention/bench/short_training.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"
#include "attention/train/fresh_values.h"
#include "attention/train/model_objective.h"
#include "attention/train/trainer.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace heddle::attention::bench {
namespace {

constexpr int kClasses = 1 + kShapeKinds;

std::string program_of(const VisionSettings& settings, const std::string& pattern) {
  const std::string side = std::to_string(settings.side);
  const std::string heads = std::to_string(settings.heads);
  const int dim = settings.channels / settings.heads;
  return R"json({"version": 1, "name": "vision", "kind": "vision", "functions": {"forward": {
    "inputs": [{"name": "image", "dtype": "f32", "shape": [)json" +
         side + ", " + side + R"json(, 3]}],
    "outputs": ["logits"],
    "steps": [
      {"op": "scale_shift", "in": "image", "out": "x", "shift": -0.5, "scale": 2},
      {"op": "conv2d", "in": "x", "out": "t", "weights": "stem", "stride": 2, "activation": "gelu"},
      {"op": "flatten", "in": "t", "out": "t"},
      {"repeat": )json" +
         std::to_string(settings.layers) + R"json(, "index": "i", "steps": [
        {"op": "rms_norm", "in": "t", "out": "n", "weights": "n1.{i}", "eps": 1e-6},
        {"op": "linear", "in": "n", "out": "qkv", "weights": "qkv.{i}", "bias": false},
        {"op": "rotary", "in": "qkv", "out": "qkv", "heads": )json" +
         std::to_string(2 * settings.heads) + R"json(, "dim": )json" + std::to_string(dim) +
         R"json(, "theta": 1000},
        {"op": "attention", "in": "qkv", "out": "a", "heads": )json" +
         heads + R"json(, "pattern": ")json" + pattern + R"json("},
        {"op": "linear", "in": "a", "out": "t", "weights": "o.{i}", "bias": false, "accumulate": true},
        {"op": "rms_norm", "in": "t", "out": "n", "weights": "n2.{i}", "eps": 1e-6},
        {"op": "linear", "in": "n", "out": "h", "weights": "w1.{i}", "bias": false},
        {"op": "swiglu", "in": "h", "out": "s"},
        {"op": "linear", "in": "s", "out": "t", "weights": "w2.{i}", "bias": false, "accumulate": true}]},
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "n3", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "logits", "weights": "head"}
    ]}}})json";
}

Parameters parameters_of(const VisionSettings& settings, const std::string& pattern) {
  const std::int64_t d = settings.channels;
  std::vector<ParameterShape> shapes = {{"stem.weight", {d, 3, 5, 5}},
                                        {"stem.bias", {d}},
                                        {"n3.weight", {d}},
                                        {"head.weight", {kClasses, d}},
                                        {"head.bias", {kClasses}}};
  add_blocks(settings.layers, d, shapes);
  Parameters parameters(shapes, {{"heddle.model", program_of(settings, pattern)}});
  train::set_fresh_values(parameters, settings.seed);
  return parameters;
}

/// The trained model over images that training never sees, and the time of one.
void judge(const DrawnShapes& images, const Parameters& parameters, VisionResult& result) {
  const TrainingFunction function(
      model_spec(parameters, "vision"), "forward", parameters, backend("cpu"));
  TrainingWorkspace work =
      function.make_workspace({shape_of(DType::kF32, {images.side(), images.side(), 3})});
  const std::int64_t cells = images.cells() * images.cells();
  Tensor labels(DType::kU8, {cells, 1});
  const train::Batch batch{{{"image", work.input("image")}}, labels.view()};
  double right = 0, right_shapes = 0, shapes = 0;
  result.image_seconds = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < images.validation_samples(); ++i) {
    images.fill_validation(i, batch);
    const Stopwatch watch;
    function.forward(parameters, work);
    result.image_seconds = std::min(result.image_seconds, watch.elapsed().wall);
    const auto* logits = work.output("logits").as<float>();
    for (std::int64_t cell = 0; cell < cells; ++cell, logits += kClasses) {
      const int said = static_cast<int>(std::max_element(logits, logits + kClasses) - logits);
      const int label = labels.view().as<std::uint8_t>()[cell];
      right += said == label ? 1 : 0;
      shapes += label > 0 ? 1 : 0;
      right_shapes += label > 0 && said == label ? 1 : 0;
    }
  }
  result.right = right / static_cast<double>(cells * images.validation_samples());
  result.right_shapes = right_shapes / shapes;
  result.image_flop = work.forward_flop();
}

double keys_a_query(const std::string& pattern, std::int64_t cells) {
  const BlockPlan made = plan(parse_pattern(pattern), {.queries = cells, .keys = cells});
  return static_cast<double>(attended_pairs(made)) / static_cast<double>(cells);
}

}  // namespace

std::array<std::string, 2> vision_patterns(const VisionSettings& settings) {
  const std::string cells = std::to_string(settings.side / 2);
  return {"neighbourhood(" + cells + "," + cells + "," + std::to_string(settings.kernel) + ")",
          "dense()"};
}

VisionResult measure_vision(const VisionSettings& settings,
                            const std::string& pattern,
                            const std::function<void(std::int64_t, double)>& told) {
  const DrawnShapes images(settings.side);
  const Parameters parameters = parameters_of(settings, pattern);
  train::ModelObjective objective(
      parameters.clone(),
      model_spec(parameters, "vision"),
      images,
      one_loss("kinds", shape_of(DType::kF32, {settings.side, settings.side, 3})),
      backend("cpu"));
  train::Trainer trainer(objective, short_training(settings, settings.batch, 50));
  VisionResult result{.pattern = pattern};
  result.parameters = objective.parameters().size();
  result.keys = keys_a_query(pattern, images.cells() * images.cells());
  const Stopwatch watch;
  while (!trainer.finished()) {
    const train::StepReport report = trainer.step();
    if (told) told(report.step, report.loss.total);
  }
  result.training_seconds = watch.elapsed().wall;
  result.loss = trainer.validate().total;
  judge(images, objective.with(trainer.average()), result);
  return result;
}

}  // namespace heddle::attention::bench
