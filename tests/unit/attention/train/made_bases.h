#pragma once
// Samples for tests of learning: random bases, and labels that follow from the base before.

#include "attention/train/batch_source.h"
#include "attention/train/losses.h"
#include "attention/train/seeds.h"

#include <cstdint>

namespace heddle::attention::train {

inline constexpr std::int64_t kBases = 192;

/// What follows a G is a frame, what follows an A is left out of the other.
class MadeBases : public BatchSource {
 public:
  explicit MadeBases(std::int64_t validation_samples) : held_back_(validation_samples) {}

  int columns() const override { return 2; }
  void fill(const SampleKey& key, const Batch& batch) const override {
    const std::uint64_t seed = seed_of(
        {key.seed, static_cast<std::uint64_t>(key.step), static_cast<std::uint64_t>(key.index)});
    auto* bases = batch.inputs.at("bases").as<std::uint8_t>();
    auto* labels = batch.labels.as<std::uint8_t>();
    for (std::int64_t i = 0; i < kBases; ++i) {
      bases[i] = static_cast<std::uint8_t>(seed_of({seed, static_cast<std::uint64_t>(i)}) % 4);
      const int before = i > 0 ? bases[i - 1] : 3;
      labels[2 * i] = static_cast<std::uint8_t>(before == 2 ? 1 + i % 3 : 0);
      labels[2 * i + 1] = static_cast<std::uint8_t>(before == 0 ? kIgnored : i % 2);
    }
  }
  std::int64_t validation_samples() const override { return held_back_; }
  void fill_validation(std::int64_t index, const Batch& batch) const override {
    fill({12345, index, 0}, batch);
  }

 private:
  const std::int64_t held_back_;
};

}  // namespace heddle::attention::train
