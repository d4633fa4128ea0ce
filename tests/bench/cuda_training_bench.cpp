// A gene model's training on a device: steps of made windows, forward, losses, backward and AdamW,
// and how long each part takes. Prints samples a second and the rate of the model's own work.
//
//   cuda_training_bench WEIGHTS [BACK-END [BATCH [STEPS]]]

#include "attention/model/model.h"
#include "attention/train/model_objective.h"
#include "attention/train/seeds.h"
#include "attention/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace heddle::attention::train {
namespace {

constexpr std::int64_t kWindow = 6144;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Bases at random, labels that follow from them.
class MadeWindows : public BatchSource {
 public:
  int columns() const override { return 2; }
  void fill(const SampleKey& key, const Batch& batch) const override {
    std::uint64_t state = seed_of(
        {key.seed, static_cast<std::uint64_t>(key.step), static_cast<std::uint64_t>(key.index)});
    auto* bases = batch.inputs.at("bases").as<std::uint8_t>();
    auto* labels = batch.labels.as<std::uint8_t>();
    for (std::int64_t i = 0; i < kWindow; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      bases[i] = static_cast<std::uint8_t>(state >> 62);
      labels[2 * i] = static_cast<std::uint8_t>(bases[i] == 2 ? 1 + i % 3 : 0);
      labels[2 * i + 1] = static_cast<std::uint8_t>(i > 0 && bases[i - 1] == 0 ? i % 4 : 0);
    }
  }
  std::int64_t validation_samples() const override { return 64; }
  void fill_validation(std::int64_t index, const Batch& batch) const override {
    fill({77, index, 0}, batch);
  }
};

ModelObjectiveSettings settings(std::int64_t batch) {
  ModelObjectiveSettings made;
  made.losses = [](int) {
    return std::vector<LossSpec>{{.name = "frames+", .first = 0, .classes = 4, .column = 0},
                                 {.name = "frames-", .first = 4, .classes = 4, .column = 1}};
  };
  made.at_once = std::min<std::int64_t>(batch, 32);
  made.inputs = {shape_of(DType::kU8, {kWindow})};
  return made;
}

void run(const std::string& weights,
         const std::string& on,
         std::int64_t batch,
         std::int64_t steps) {
  const Parameters parameters{Weights(weights)};
  const MadeWindows source;
  ModelObjective objective(
      parameters.clone(), model_spec(parameters, weights), source, settings(batch), backend(on));
  TrainingOptions options;
  options.schedule = {.peak = 1e-4, .warm_up = 2, .steps = steps + 4, .final_share = 0.1};
  options.batch = batch;
  options.bfloat16 = true;
  Trainer trainer(objective, options);
  for (int i = 0; i < 4; ++i) {
    const double begin = now();
    const StepReport report = trainer.step();
    std::printf("step %d: loss %.5f, norm %.4f, %.4f s\n",
                i,
                report.loss.total,
                report.norm,
                now() - begin);
  }
  double begin = now();
  StepReport last;
  for (std::int64_t i = 0; i < steps; ++i) last = trainer.step();
  double seconds = (now() - begin) / static_cast<double>(steps);
  const auto samples = static_cast<double>(batch);
  std::printf("%s, batch %lld: %.2f ms a step, %.0f samples a second, %.1f TFLOP/s; loss %.5f\n",
              on.c_str(),
              static_cast<long long>(batch),
              seconds * 1e3,
              samples / seconds,
              objective.flop() * samples / seconds * 1e-12,
              last.loss.total);
  const auto size = static_cast<std::size_t>(objective.parameters().size());
  std::vector<float> gradient(size);
  std::vector<SampleKey> keys;
  for (std::int64_t i = 0; i < batch; ++i) keys.push_back({1, 2, i});
  std::vector<SampleLoss> losses(keys.size());
  begin = now();
  for (int i = 0; i < 5; ++i) objective.use(trainer.state().values);
  std::printf("  parameters there: %.2f ms\n", (now() - begin) / 5 * 1e3);
  begin = now();
  for (int i = 0; i < 5; ++i) objective.train_all(keys, gradient, losses);
  std::printf("  gradients of a step: %.2f ms\n", (now() - begin) / 5 * 1e3);
  begin = now();
  for (int i = 0; i < 5; ++i) objective.validate_all(0, losses);
  seconds = (now() - begin) / 5;
  std::printf("  forward and losses alone: %.2f ms, %.0f samples a second\n",
              seconds * 1e3,
              samples / seconds);
  Batch one;
  Tensor bases(DType::kU8, {kWindow});
  Tensor labels(DType::kU8, {kWindow, 2});
  one.inputs["bases"] = bases.view();
  one.labels = labels.view();
  begin = now();
  for (int i = 0; i < 5; ++i) source.fill({1, 2, i}, one);
  std::printf("  making a window: %.3f ms\n", (now() - begin) / 5 * 1e3);
  Tensor logits(DType::kF32, {kWindow, 8});
  Tensor slope(DType::kF32, {kWindow, 8});
  const auto specs = settings(batch).losses(8);
  begin = now();
  for (int i = 0; i < 5; ++i) evaluate_losses(specs, logits.view(), labels.view(), slope.view());
  std::printf("  losses of a window: %.3f ms\n", (now() - begin) / 5 * 1e3);
}

}  // namespace
}  // namespace heddle::attention::train

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: cuda_training_bench WEIGHTS [BACK-END [BATCH [STEPS]]]\n");
    return 2;
  }
  const auto number = [&](int i, long long otherwise) {
    return count > i ? std::atoll(words[i]) : otherwise;
  };
  heddle::attention::train::run(
      words[1], count > 2 ? words[2] : "cuda", number(3, 16), number(4, 30));
}
