#include "attention/bench/measurement.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <random>
#include <stdexcept>

namespace heddle::attention::bench {
namespace {

/// What a kind of model is timed on and what it is checked on.
struct Load {
  std::string function;
  std::string input;
  std::string output;
  Shape timed;
  Shape checked;
  double items = 0;  // of one timed run
  std::string_view unit;
};

Load load_of(const Model& model) {
  const std::string& kind = model.info().kind;
  if (kind == "genes") {
    const std::int64_t segment = model.field("segment");
    const bool any_length = model.info().fields.contains("window_step");
    const std::int64_t checked = any_length ? model.field("window_step") : segment;
    return {.function = "forward",
            .input = "bases",
            .output = "logits",
            .timed = shape_of(DType::kU8, {segment}),
            .checked = shape_of(DType::kU8, {checked}),
            .items = static_cast<double>(segment - 2 * model.field("halo")),
            .unit = "bases"};
  }
  if (kind == "tracking") {
    return {.function = "encode",
            .input = "image",
            .output = "emb",
            .timed = shape_of(DType::kF32, {256, 256, 3}),
            .checked = shape_of(DType::kF32, {64, 64, 3}),
            .items = 1,
            .unit = "crops"};
  }
  throw std::invalid_argument("no bench knows models of kind '" + kind + "'");
}

void fill(const TensorView& input) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < input.size(); ++i) {
    if (input.dtype == DType::kU8) {
      input.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random() % 4);
    } else {
      input.as<float>()[i] = normal(random);
    }
  }
}

Workspace filled(const Model& model, const Load& load, const Shape& shape) {
  Workspace work = model.make_workspace(load.function, {shape});
  fill(work.input(load.input));
  return work;
}

/// The largest difference of the first output, as a share of its largest value.
double difference(const Model& model, const Model& judge, const Load& load) {
  Workspace mine = filled(model, load, load.checked);
  Workspace right = filled(judge, load, load.checked);
  model.run(mine);
  judge.run(right);
  const TensorView a = mine.output(load.output);
  const TensorView b = right.output(load.output);
  double worst = 0;
  double largest = 0;
  for (std::int64_t i = 0; i < b.size(); ++i) {
    const double wanted = b.as<float>()[i];
    largest = std::max(largest, std::fabs(wanted));
    worst = worse(worst, std::fabs(a.as<float>()[i] - wanted));
  }
  return worst / largest;
}

}  // namespace

Measurement measure_model(const Model& model, const Model& judge, int threads) {
  const Load load = load_of(model);
  std::vector<Workspace> works;
  works.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) works.push_back(filled(model, load, load.timed));
  Measurement made;
  made.best = time_of([&] {
    tbb::parallel_for(std::size_t{0}, works.size(), [&](std::size_t i) { model.run(works[i]); });
  });
  made.flop = threads * works.front().flop();
  made.items = threads * load.items;
  made.unit = load.unit;
  made.error = difference(model, judge, load);
  // Through a whole model, as a share of its largest output: fp32, or products of fp16.
  made.tolerance = model.backend().name() == "cuda" ? 2e-2 : 1e-4;
  made.on_device = model.backend().on_device();
  return made;
}

}  // namespace heddle::attention::bench
