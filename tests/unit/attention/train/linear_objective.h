#pragma once
// The smallest model there is to train: logits = features W + b, with a gradient by hand. Its data
// follow a planted rule, counted from the sample's key.

#include "attention/train/objective.h"
#include "attention/train/seeds.h"

#include <limits>
#include <vector>

namespace heddle::attention::train {

class LinearObjective : public Objective {
 public:
  static constexpr int kRows = 600, kFeatures = 6, kChannels = 5;

  LinearObjective() {
    list_.add("w", {kFeatures, kChannels});
    list_.add("b", {kChannels});
    LossSpec frames{.name = "three", .first = 0, .classes = 3, .column = 0};
    LossSpec starts{.name = "two", .kind = LossKind::kFocal, .first = 3, .classes = 2, .column = 1};
    starts.weight = 0.5;
    losses_ = {frames, starts};
  }

  const ParameterList& parameters() const override { return list_; }
  std::vector<std::string> loss_names() const override { return {"three", "two"}; }
  void initial(std::span<float> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.1f * unit(seed_of({7, i}));
  }
  void use(std::span<const float> values) override { values_.assign(values.begin(), values.end()); }
  SampleLoss train(const SampleKey& key, std::span<float> gradient) override {
    ++samples;
    SampleLoss loss = run(seed_of({key.seed,
                                   static_cast<std::uint64_t>(key.step),
                                   static_cast<std::uint64_t>(key.index)}),
                          gradient);
    if (key.step == bad_from && key.step < bad_until) {
      loss.total = std::numeric_limits<double>::quiet_NaN();
    }
    if (key.step > bad_from && key.step < bad_until) {
      gradient[0] = std::numeric_limits<float>::infinity();
    }
    return loss;
  }
  SampleLoss validate(std::int64_t index) override {
    return run(seed_of({99, static_cast<std::uint64_t>(index)}), {});
  }
  std::int64_t validation_samples() const override { return 2; }

  const std::vector<float>& used() const { return values_; }

  std::int64_t bad_from = -1, bad_until = -1;  // steps whose loss or gradient is no number
  int samples = 0;

 private:
  /// -1 .. 1.
  static float unit(std::uint64_t seed) {
    return static_cast<float>(static_cast<double>(seed >> 11) * 0x1p-52 - 1);
  }

  SampleLoss run(std::uint64_t seed, std::span<float> gradient) {
    std::vector<float> features(kRows * kFeatures), logits(kRows * kChannels), slope(logits.size());
    std::vector<std::uint8_t> labels(kRows * 2);
    for (std::size_t i = 0; i < features.size(); ++i) features[i] = unit(seed_of({seed, i}));
    for (int row = 0; row < kRows; ++row) {
      const float* x = &features[static_cast<std::size_t>(row) * kFeatures];
      labels[static_cast<std::size_t>(2 * row)] = x[0] > 0.3f ? 2 : x[1] > 0 ? 1 : 0;
      labels[static_cast<std::size_t>(2 * row) + 1] = row % 7 == 0 ? kIgnored : x[2] > 0.8f ? 1 : 0;
      for (int c = 0; c < kChannels; ++c) {
        float sum = values_[kFeatures * kChannels + static_cast<std::size_t>(c)];
        for (int f = 0; f < kFeatures; ++f) {
          sum += x[f] * values_[static_cast<std::size_t>(f * kChannels + c)];
        }
        logits[static_cast<std::size_t>(row * kChannels + c)] = sum;
      }
    }
    SampleLoss loss;
    loss.groups = evaluate_losses(losses_,
                                  view_of(logits.data(), {kRows, kChannels}),
                                  view_of(labels.data(), {kRows, 2}),
                                  view_of(slope.data(), {kRows, kChannels}));
    loss.total = total_of(losses_, loss.groups);
    for (int row = 0; row < kRows && !gradient.empty(); ++row) {
      for (int c = 0; c < kChannels; ++c) {
        const float g = slope[static_cast<std::size_t>(row * kChannels + c)];
        gradient[kFeatures * kChannels + static_cast<std::size_t>(c)] += g;
        for (int f = 0; f < kFeatures; ++f) {
          gradient[static_cast<std::size_t>(f * kChannels + c)] +=
              g * features[static_cast<std::size_t>(row * kFeatures + f)];
        }
      }
    }
    return loss;
  }

  ParameterList list_;
  std::vector<LossSpec> losses_;
  std::vector<float> values_;
};

inline TrainingOptions ten_steps() {
  TrainingOptions options;
  options.schedule = {.peak = 0.05, .warm_up = 2, .steps = 10, .final_share = 0.1};
  options.batch = 3;
  options.keep_average = 0.9;
  return options;
}

}  // namespace heddle::attention::train
