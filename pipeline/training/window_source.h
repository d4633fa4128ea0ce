#pragma once
// Windows of packed sequences as training samples: drawn in proportion to length, changed as the
// augmentation says, all of it counted from the sample's key (attention/train/seeds.h).
//
// The end of every sequence is held back for validation: windows that training never sees, as they
// are. Where such an end would be less than half a window, whole sequences are held back instead,
// as many as make the share; nothing, where there are too few of them. Labels are columns + frame,
// - frame, start (shard.h). Threads: const. Ownership: keeps its shards.

#include "attention/train/batch_source.h"
#include "pipeline/pack/shard.h"
#include "pipeline/training/augmentation.h"

#include <memory>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct WindowSettings {
  std::int64_t window = 6144;         // bases a sample
  double held_back = 0.05;            // share of each sequence
  std::int64_t most_validation = 64;  // windows
  Augmentation augmentation;
};

class WindowSource : public attention::train::BatchSource {
 public:
  /// Throws std::invalid_argument where no sequence is longer than nothing, or a number is out of
  /// range.
  WindowSource(std::vector<Shard> shards, const WindowSettings& settings);

  int columns() const override { return 3; }
  /// Input "bases" u8 (window).
  void fill(const attention::train::SampleKey& key,
            const attention::train::Batch& batch) const override;
  std::int64_t validation_samples() const override;
  void fill_validation(std::int64_t index, const attention::train::Batch& batch) const override;

  std::int64_t training_bases() const { return training_bases_; }
  /// The check sums of all shards: the same data give the same text.
  std::string fingerprint() const;

 private:
  struct Place {
    const LabelledView* sequence = nullptr;
    std::int64_t begin = 0, end = 0;
  };

  void hold_back(const LabelledView& sequence);
  LabelledBases draw(NoiseDraws& draws) const;
  void write(LabelledBases& window, const attention::train::Batch& batch) const;

  const std::vector<Shard> shards_;
  const WindowSettings settings_;
  std::vector<Place> training_;    // what may be seen of each sequence
  std::vector<Place> validation_;  // windows
  std::int64_t training_bases_ = 0;
  double owed_ = 0;  // bases of short sequences to be held back
};

}  // namespace heddle::pipeline
